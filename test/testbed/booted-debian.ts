/** Owns a booted Debian with the built packages in it, a fake guest under it, and a real broker of this machine over it. */
import { appendFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { agentDeb, hostDeb, releaseIn } from "../../packaging/packages.ts";
import type { CommandResult } from "./command-channel.ts";
import { debianDisk, runInDebian } from "./debian-system.ts";
import type { DebianSuite } from "./image/debian-archive.ts";
import { REPOSITORY } from "./image/tools.ts";
import { Scene } from "./scene.ts";
import { enterSystemd } from "./systemd.ts";

/** Name of the system for the broker over it. */
export const SYSTEM = "debian";
/** Monitor of the fake guest inside. */
export const MONITOR = "/run/vm/web1.qmp";
/** Folders of the packages inside: those of now, and the same with a higher version. */
export const MADE = "/root/made";
export const NEWER = "/root/newer";

const MEMORY_MIB = 1536;
/** A command is repeated so often, with a second between. */
const TRIES = 100;

/** A command that was run, with what it left behind. */
export type Step = CommandResult & { readonly command: string };

export class BootedDebian {
  readonly scene: Scene;
  readonly #folder: string;

  private constructor(scene: Scene, folder: string) {
    this.scene = scene;
    this.#folder = folder;
  }

  /** Makes the packages and the disk, boots, and starts the fake guest. Needs root. */
  static async open(suite: DebianSuite): Promise<BootedDebian> {
    const folder = await mkdtemp(join(tmpdir(), "ballast-booted-"));
    try {
      const disk = await debianDisk({ suite, folder, files: await filesIn(folder) });
      const scene = await Scene.open({
        guests: [{ name: SYSTEM, agent: false, memoryMib: MEMORY_MIB, extraArguments: disk }],
        warmUp: async ([guest]) => guest && enterSystemd(guest),
        // It listens to the agent, and leaves the system's balloon alone.
        broker: { budgetMib: 4096, mode: "observe" },
      });
      const debian = new BootedDebian(scene, folder);
      const fake = `/opt/testbed/node /opt/testbed/fake-qemu.mjs ${MONITOR}`;
      await debian.run(`mkdir /run/vm; systemd-run --unit=web1 ${fake}`);
      return debian;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs a line of bash as root; it and what it printed go into the file that `BALLAST_TEST_TRANSCRIPT` names, for the docs. */
  async run(command: string): Promise<Step> {
    const result = await runInDebian(this.scene.guest(SYSTEM), command);
    const transcript = process.env["BALLAST_TEST_TRANSCRIPT"];
    if (transcript !== undefined) appendFileSync(transcript, `# ${command}\n${result.output}\n\n`);
    return { command, ...result };
  }

  async outputOf(command: string): Promise<string> {
    return (await this.run(command)).output;
  }

  /** Runs a line until it succeeds; what it did at last. */
  async eventually(command: string): Promise<Step> {
    const loop = `for i in $(seq ${TRIES}); do out=$(${command} 2>&1); code=$?; [ $code = 0 ] && break; sleep 1; done`;
    return { ...(await this.run(`${loop}; printf "%s\\n" "$out"; exit $code`)), command };
  }

  /** Sizes in bytes that the fake guest was told to have, oldest first. */
  async targets(): Promise<readonly number[]> {
    const text = await this.outputOf("journalctl -u web1 -o cat | sed -n 's/^target //p'");
    return text.split("\n").filter(Boolean).map(Number);
  }

  async close(): Promise<void> {
    await this.scene.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Packages and the fake guest, by their paths in the system. */
async function filesIn(folder: string): Promise<Record<string, string>> {
  const release = await releaseIn(join(folder, "made"), "quick");
  const next = { ...release, version: `${release.version}.next`, folder: join(folder, "newer") };
  const files: Record<string, string> = {};
  for (const [place, each] of [
    [MADE, release],
    [NEWER, next],
  ] as const)
    for (const path of [await hostDeb(each), await agentDeb("x64", each)])
      files[join(place, basename(path))] = path;
  const fake = join(folder, "fake-qemu.mjs");
  const entryPoints = [join(REPOSITORY, "test/fakes/fake-qemu-program.ts")];
  await build({ entryPoints, bundle: true, platform: "node", format: "esm", outfile: fake });
  return { ...files, "/opt/testbed/node": process.execPath, "/opt/testbed/fake-qemu.mjs": fake };
}
