import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createQemuProcessLister } from "../../../../host/src/kernel/qemu-processes.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

/** A `/proc` of our own, and a clock that is moved by hand. */
class Machine {
  readonly procRoot = tempFolder();
  nowMs = 0;
  readonly lister = createQemuProcessLister({ procRoot: this.procRoot, nowMs: () => this.nowMs });

  run(pid: number, ...words: readonly string[]) {
    mkdirSync(join(this.procRoot, `${pid}`), { recursive: true });
    writeFileSync(join(this.procRoot, `${pid}/cmdline`), words.map((word) => `${word}\0`).join(""));
    rmSync(join(this.procRoot, `${pid}/cwd`), { force: true });
    symlinkSync("/srv/vm", join(this.procRoot, `${pid}/cwd`));
  }

  async pids() {
    return (await this.lister.list()).map(({ processId }) => processId);
  }
}

describe("the list of running QEMUs", () => {
  it("has each with its words and its folder, and no other program", async () => {
    const machine = new Machine();
    machine.run(7, "/usr/bin/kvm", "-id", "100");
    machine.run(8, "bash");
    expect(await machine.lister.list()).toEqual([
      {
        processId: 7,
        untrustedWords: ["/usr/bin/kvm", "-id", "100"],
        cwd: "/srv/vm",
        untrustedConfigs: new Map(),
      },
    ]);
  });

  it("gets a QEMU that takes a launcher's place, seconds later", async () => {
    const machine = new Machine();
    machine.run(7, "bash", "start-vm");
    expect(await machine.pids()).toEqual([]);
    machine.run(7, "qemu-system-x86_64", "-m", "1G");
    expect(await machine.pids()).toEqual([]);
    machine.nowMs = 2_000;
    expect(await machine.pids()).toEqual([7]);
  });

  it("is read ever more rarely of a program that stays what it is", async () => {
    const machine = new Machine();
    machine.run(7, "bash");
    const looks = [0, 2_000, 6_000, 14_000, 30_000];
    for (const atMs of looks) {
      machine.nowMs = atMs;
      await machine.pids();
    }
    machine.run(7, "qemu-system-x86_64");
    machine.nowMs = 61_000;
    expect(await machine.pids()).toEqual([]);
    machine.nowMs = 62_000;
    expect(await machine.pids()).toEqual([7]);
  });

  it("forgets a process that ended: its number may come again at once", async () => {
    const machine = new Machine();
    machine.run(7, "bash");
    await machine.pids();
    rmSync(join(machine.procRoot, "7"), { recursive: true });
    await machine.pids();
    machine.run(7, "qemu-system-x86_64");
    expect(await machine.pids()).toEqual([7]);
  });
});
