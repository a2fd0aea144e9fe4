/** Owns a small Debian 12 in a folder, into which packages are really installed. Nothing of it is booted. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { debianArchive } from "./image/debian-archive.ts";
import { runTool } from "./image/tools.ts";
import { missing, PACKAGE_TEST_REQUIREMENTS } from "./requirements.ts";

/** What Debian's own minimum lacks of what the packages depend on. */
const PACKAGES = ["systemd", "init-system-helpers", "libstdc++6"];
/** The longest of the tests' commands installs 110 MB. */
const LIMIT_MS = 120_000;
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface RootResult {
  readonly status: number;
  readonly output: string;
}

/** One line saying why packages cannot be installed here; `undefined` when nothing stands in the way. */
export function debianSkipReason(): string | undefined {
  const packages = missing(PACKAGE_TEST_REQUIREMENTS);
  if (packages.length > 0)
    return `no packages: apt-get install --no-install-recommends ${packages.join(" ")}`;
  return process.getuid?.() === 0 ? undefined : "only root may change into another system's folder";
}

/** A Debian of its own below `folder`. */
export class DebianRoot {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Downloads the system the first time, in about half a minute. */
  static async open(folder: string): Promise<DebianRoot> {
    const kept = await debianArchive("bookworm", PACKAGES);
    const path = join(folder, "root");
    await mkdir(path);
    await runTool("tar", ["-xf", kept, "-C", path, "--exclude=./dev/*"]);
    return new DebianRoot(path);
  }

  /** Runs a shell's command in it, in a process namespace of its own, so that nothing that it starts is left. */
  run(command: string): Promise<RootResult> {
    const words = ["--pid", "--fork", "--kill-child", `--mount-proc=${join(this.path, "proc")}`];
    const shell = ["chroot", this.path, "/bin/sh", "-c", `{ ${command}\n} 2>&1`];
    const env = {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      LC_ALL: "C.UTF-8",
      DEBIAN_FRONTEND: "noninteractive",
    };
    const options = { env, timeout: LIMIT_MS, maxBuffer: MOST_OUTPUT_BYTES };
    return new Promise((resolve) =>
      execFile("unshare", [...words, ...shell], options, (error, stdout) =>
        resolve({ status: error === null ? 0 : Number(error.code ?? 1), output: stdout.trimEnd() }),
      ),
    );
  }

  /** Puts a file of this machine into its /root and gives the path there. */
  async bring(file: string): Promise<string> {
    const place = `/root/${basename(file)}`;
    await copyFile(file, join(this.path, place));
    return place;
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
