/** Guests that the agent is shown in a benchmark, by files of /proc that are made up; what is not is the kernel's own. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Heads of the table's columns. */
export const SITUATIONS = ["squeezed and idle", "starving", "full ARC"] as const;
/** Every so often a starving guest's memory is another. */
const CHANGE_MS = 20;
/** From so much available down to so much, over and over, as programs come and are killed. */
const [MOST_KIB, LEAST_KIB, STEP_KIB] = [40_000, 8_000, 400];
const MIB_KIB = 1024;
/** 352 MiB in the balloon, in pages: a guest with an empty one has nothing to demand, and rests. */
const BALLOON = "balloon_inflate 90112\nballoon_deflate 0\nballoon_migrate 0\n";

/** No stalls: those of this machine are other programs' and would make the figures differ from run to run. */
const CALM = `some avg10=0.00 avg60=0.00 avg300=0.00 total=1000
full avg10=0.00 avg60=0.00 avg300=0.00 total=1000
`;

export interface Situations {
  readonly all: readonly { readonly name: string; readonly procRoot: string }[];
  stop(): void;
}

/** Makes the guests' files in `folder`, and keeps them changing until `stop`. */
export async function makeSituations(folder: string): Promise<Situations> {
  const [squeezed, starving, arc] = await Promise.all(
    SITUATIONS.map((name) => makeProc(join(folder, name.replaceAll(" ", "-")))),
  );
  if (!squeezed || !starving || !arc) throw new Error("a situation has no folder");
  await writeFile(join(squeezed, "meminfo"), meminfo(160 * MIB_KIB, 30 * MIB_KIB));
  await writeFile(join(arc, "meminfo"), meminfo(4096 * MIB_KIB, 100 * MIB_KIB));
  await mkdir(join(arc, "spl/kstat/zfs"), { recursive: true });
  await writeFile(join(arc, "spl/kstat/zfs/arcstats"), arcstats(3072, 128));
  let availableKib = MOST_KIB;
  const change = async () => {
    availableKib = availableKib - STEP_KIB < LEAST_KIB ? MOST_KIB : availableKib - STEP_KIB;
    await writeFile(join(starving, "meminfo"), meminfo(160 * MIB_KIB, availableKib));
  };
  await change();
  const timer = setInterval(() => void change(), CHANGE_MS);
  const roots = [squeezed, starving, arc];
  return {
    all: SITUATIONS.map((name, index) => ({ name, procRoot: roots[index] ?? "" })),
    stop: () => clearInterval(timer),
  };
}

async function makeProc(proc: string): Promise<string> {
  await mkdir(proc);
  for (const name of ["zoneinfo", "sys", "self"]) {
    await symlink(join("/proc", name), join(proc, name));
  }
  await mkdir(join(proc, "pressure"));
  await writeFile(join(proc, "pressure/memory"), CALM);
  const vmstat = await readFile("/proc/vmstat", "latin1");
  await writeFile(join(proc, "vmstat"), `${vmstat.replace(/^balloon_.*\n/gm, "")}${BALLOON}`);
  return proc;
}

function meminfo(totalKib: number, availableKib: number): string {
  // Lines of one length: the agent may read while they are written.
  const line = (name: string, kib: number) => `${name}: ${String(kib).padStart(12)} kB\n`;
  return [
    line("MemTotal", totalKib),
    line("MemFree", availableKib),
    line("MemAvailable", availableKib),
    line("Active(file)", 0),
    line("Inactive(file)", 0),
  ].join("");
}

/** OpenZFS: include/sys/arc_impl.h, `arc_stats_t`, as the kernel module shows it. */
function arcstats(sizeMib: number, leastMib: number): string {
  const line = (name: string, mib: number) => `${name.padEnd(32)}4    ${mib * 1024 * 1024}\n`;
  return `13 1 0x01 147 39984 1 1\nname                            type data\n${line("c_min", leastMib)}${line("c_max", sizeMib)}${line("size", sizeMib)}`;
}
