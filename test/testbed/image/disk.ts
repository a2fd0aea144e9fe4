/** Owns the guest's read-only disk (the agent, its libraries, workloads) and empty scratch disks. */
import { copyFile, mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  clearDates,
  copyProgram,
  exists,
  keyOf,
  produce,
  pruneOldest,
  REPOSITORY,
  runTool,
} from "./tools.ts";

const PLACEHOLDER_AGENT = join(REPOSITORY, "test/testbed/image/placeholder-agent");
const WORKLOAD_FOLDER = join(REPOSITORY, "test/testbed/workloads");
const WORKLOAD_SOURCES = ["workload.c", "play.c"].map((name) => join(WORKLOAD_FOLDER, name));
const WORKLOAD_HEADERS = ["common.h", "play.h"].map((name) => join(WORKLOAD_FOLDER, name));
const COMPILER_OPTIONS = ["-std=gnu11", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"];
/** Room for an agent of up to 250 MB and its libraries; the file is sparse. */
const DISK_MIB = 300;
/** Versions kept, each about 120 MB. */
const KEEP = 3;
/** Fixed, so that images of the same content differ in nothing but the dates of their inodes. */
const FILE_SYSTEM_ID = "ba11a570-0000-4000-8000-000000000000";

/**
 * No journal and no lazy tables: nothing in the guest writes in the background. Blocks of a page, as on any larger disk. No space is
 * kept for root.
 */
const FILE_SYSTEM_OPTIONS = [
  ...["-q", "-t", "ext4", "-b", "4096", "-O", "^has_journal", "-m", "0", "-U", FILE_SYSTEM_ID],
  ...["-E", `lazy_itable_init=0,root_owner=0:0,hash_seed=${FILE_SYSTEM_ID}`],
];

/** What goes onto the disk beside the workloads. */
export interface DiskInputs {
  /** The agent's executable; a script that does nothing if absent. */
  readonly agentProgram?: string;
  /** Further files for the agent's folder, by their names there (for example a token). */
  readonly agentFiles?: Readonly<Record<string, string>>;
}

/** Returns the path of the guest's disk, making it when the agent, one of its files or a workload changed. */
export async function buildDisk(cache: string, inputs: DiskInputs): Promise<string> {
  const { agentProgram, agentFiles = {} } = inputs;
  const workload = await compileWorkload(cache);
  const programs = { agent: agentProgram ?? PLACEHOLDER_AGENT, workload };
  const libraries = agentProgram === undefined ? [] : await librariesOf(agentProgram);
  const contents = [...libraries, ...Object.values(programs), ...Object.values(agentFiles)];
  const key = keyOf(contents, [...Object.keys(agentFiles), ...FILE_SYSTEM_OPTIONS]);
  const target = join(cache, "disk", `${key}.ext4`);
  if (await exists(target)) return target;
  await produce(target, async (temporary) => {
    const root = `${temporary}.root`;
    try {
      await stage(root, programs, libraries, agentFiles);
      await clearDates(root);
      await makeFileSystem(temporary, DISK_MIB, ["-d", root]);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
  await pruneOldest(join(cache, "disk"), KEEP);
  return target;
}

/** Makes an empty ext4 disk as a sparse file, for a guest to write to. */
export async function makeScratchDisk(path: string, sizeMib: number): Promise<void> {
  await makeFileSystem(path, sizeMib, []);
}

/** Makes a file system as a sparse file. */
export async function makeFileSystem(path: string, sizeMib: number, args: readonly string[]): Promise<void> {
  await writeFile(path, "");
  await truncate(path, sizeMib * 1024 * 1024);
  await runTool("mke2fs", [...FILE_SYSTEM_OPTIONS, ...args, path], { env: { E2FSPROGS_FAKE_TIME: "1" } });
}

async function stage(
  root: string,
  programs: { readonly agent: string; readonly workload: string },
  libraries: readonly string[],
  agentFiles: Readonly<Record<string, string>>,
): Promise<void> {
  for (const folder of ["bin", "agent"]) await mkdir(join(root, folder), { recursive: true });
  await copyProgram(programs.agent, join(root, "agent/ballast-agent"));
  await copyProgram(programs.workload, join(root, "bin/workload"));
  for (const library of libraries) {
    const target = join(root, library);
    await mkdir(dirname(target), { recursive: true });
    await copyProgram(library, target);
  }
  for (const [name, path] of Object.entries(agentFiles)) {
    await copyFile(path, join(root, "agent", basename(name)));
  }
}

async function compileWorkload(cache: string): Promise<string> {
  const key = keyOf([...WORKLOAD_SOURCES, ...WORKLOAD_HEADERS], COMPILER_OPTIONS);
  const target = join(cache, "workload", key);
  return produce(target, async (temporary) => {
    await runTool("gcc", [...COMPILER_OPTIONS, "-o", temporary, ...WORKLOAD_SOURCES]);
  });
}

/** Paths of the shared libraries and the dynamic linker of a program, as `ldd` names them, below /lib or /lib64. */
async function librariesOf(program: string): Promise<string[]> {
  const text = await runTool("ldd", [program]);
  return [...text.matchAll(/(\/\S+) \(0x/g)].map((match) => (match[1] ?? "").replace(/^\/usr\/lib/, "/lib"));
}
