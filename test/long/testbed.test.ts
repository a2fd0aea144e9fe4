/** Proves that the testbed's guests are real, and what happens to them when nothing controls their balloons. */
import { afterEach, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { bootGuest } from "../testbed/boot.ts";
import type { BootOptions } from "../testbed/boot-options.ts";
import type { TestGuest } from "../testbed/guest.ts";
import { Cleanup } from "../testbed/host.ts";
import { skipReason } from "../testbed/requirements.ts";
import { waitFor } from "../testbed/wait.ts";

const SQUEEZED_BYTES = 200 * MIB;
const BURST = ["burst", "--mb", 280, "--rate-mb-s", 50];
const BURST_LIMIT_MS = 60_000;

const reason = skipReason();

describe.skipIf(reason !== undefined)(`a real guest (${reason ?? "QEMU"})`, () => {
  const cleanup = new Cleanup();
  afterEach(() => cleanup.run());

  async function boot(options: BootOptions): Promise<TestGuest> {
    const guest = await bootGuest(options);
    cleanup.add(() => guest.stop());
    return guest;
  }

  it("runs commands and gives back their output and status", async () => {
    const guest = await boot({ name: "commands" });
    expect(await guest.run("echo one; echo two >&2; exit 3")).toEqual({ status: 3, output: "one\ntwo" });
    expect(await guest.run("printf 'no line break'")).toEqual({ status: 0, output: "no line break" });
    expect(await guest.run("true")).toEqual({ status: 0, output: "" });
  });

  it("runs the agent until it is killed, and starts it again when told", async () => {
    const guest = await boot({ name: "agent" });
    const first = await guest.agentPid();
    expect(first).toBeGreaterThan(1);
    await guest.killAgent();
    expect(await guest.agentPid()).toBeUndefined();
    const second = await guest.startAgent();
    expect(second).not.toBe(first);
  });

  it("comes back after a reboot and inflates to the target from before", async () => {
    const guest = await boot({ name: "reboot", noReboot: false });
    await guest.moveBalloon(400 * MIB);
    await guest.reboot();
    expect(await guest.run("echo back")).toEqual({ status: 0, output: "back" });
    const isSqueezed = async () => ((await guest.meminfo()).totalBytes ?? 0) < 400 * MIB;
    await waitFor("the balloon of the guest that is back", isSqueezed, { timeoutMs: 30_000 });
  });

  it("loses a growing process to its out-of-memory killer when it is squeezed and nothing helps", async () => {
    const guest = await boot({ name: "baseline", agent: false });
    await guest.moveBalloon(SQUEEZED_BYTES);
    expect((await guest.meminfo()).totalBytes).toBeLessThan(SQUEEZED_BYTES);
    const burst = await guest.spawnWorkload(BURST);
    expect((await burst.wait(BURST_LIMIT_MS)).status).toBe(137);
    const kills = await guest.oomKills();
    expect(kills.count).toBeGreaterThanOrEqual(1);
    expect(kills.victims).toContain("workload");
  });

  it("keeps a growing process alive with deflate-on-oom, and its total memory does not shrink", async () => {
    const guest = await boot({ name: "deflate", agent: false, deflateOnOom: true });
    await guest.moveBalloon(SQUEEZED_BYTES);
    expect((await guest.meminfo()).totalBytes).toBeGreaterThan(400 * MIB);
    const burst = await guest.spawnWorkload(BURST);
    const { status, output } = await burst.wait(BURST_LIMIT_MS);
    expect(output).toContain("done mb=280");
    expect(status).toBe(0);
    expect((await guest.oomKills()).count).toBe(0);
    expect(await guest.balloonActual()).toBeGreaterThan(SQUEEZED_BYTES);
  });

  it("reads a working set from a disk of limited speed", async () => {
    const guest = await boot({
      name: "cache",
      agent: false,
      scratch: { sizeMib: 256, operationsPerSecond: 400 },
    });
    const reader = await guest.spawnWorkload(["cache", "--file", "/scratch/f", "--mb", 100]);
    const [, warm] = await reader.waitForOutput(/ready\n.*\nops=(\d+)/, 60_000);
    expect(Number(warm)).toBeGreaterThan(1_000);
    await guest.run("echo 1 >/proc/sys/vm/drop_caches");
    await reader.waitForOutput(/\nops=\d{1,3} ms=\d+\n/, 30_000);
    await reader.kill();
    expect((await reader.wait(10_000)).status).toBe(137);
  });
});
