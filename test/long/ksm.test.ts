/** Proves on this machine's real KSM, with real guests: merging, trust, other hands, taking apart, and putting everything back. */
import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKsmKnobs } from "../../host/src/kernel/ksm/knobs.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import type { KsmGuestStatus, KsmStatus } from "../../host/src/model/ksm-status.ts";
import { startProcess } from "../testbed/host.ts";
import { KSM_FOLDER, RealKsm, whyNoKsm } from "../testbed/real-ksm.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";

const reason = skipReason() ?? whyNoKsm();
const BALLAST = fileURLToPath(new URL("../../host/dist/cli/main.js", import.meta.url));
const KSM = { mode: "adaptive", interval: "1s" };
const MERGED_BYTES = 60 * MIB;
const PATIENCE = { timeoutMs: 120_000 };

describe.skipIf(reason !== undefined)(`KSM with three real guests (${reason ?? "real KSM"})`, () => {
  let ksm: RealKsm;
  let scene: Scene;
  beforeAll(async () => {
    ksm = await RealKsm.hold();
    scene = await Scene.open({
      guests: ["g1", "g2", "g3"].map((name) => ({ name })),
      // Balloons rest; the budget is short all the same, so that KSM is worth something.
      shares: 0,
      broker: { budgetMib: (residentMib) => residentMib + 100, ksm: KSM },
    });
  });
  afterAll(async () => {
    await scene?.close();
    await ksm?.release();
  });

  const until = (what: string, holds: (status: KsmStatus) => boolean) =>
    scene.broker.untilKsm(what, holds, PATIENCE.timeoutMs);

  async function part(name: string): Promise<KsmGuestStatus | undefined> {
    return (await scene.broker.ksm()).guests.find((guest) => guest.name === name)?.ksm;
  }

  async function isAsFound(): Promise<boolean> {
    const { knobs } = await ksm.read();
    return JSON.stringify(knobs) === JSON.stringify(ksm.found);
  }

  it("merges what they have alike, and tells each guest's part", async () => {
    const status = await until("merged memory", ({ savedBytes }) => savedBytes >= MERGED_BYTES);
    expect(status).toMatchObject({ mode: "adaptive", run: 1 });
    expect((await ksm.read()).savedBytes).toBeGreaterThanOrEqual(MERGED_BYTES / 2);
    // A part is read with the next look at the processes, so it may come later than the sum.
    const isMerged = (ksm: KsmGuestStatus | undefined) =>
      ksm?.merging === true && ksm.reason === "merged" && (ksm.sharedBytes ?? 0) > MIB;
    for (const name of ["g1", "g2", "g3"])
      await waitFor(`the merged part of ${name}`, async () => isMerged(await part(name)), PATIENCE);
  });

  it("is put right by `ballast ksm` and by the next start after the broker was killed", async () => {
    const { broker } = scene;
    expect(await isAsFound()).toBe(false);
    await broker.kill();
    expect(await isAsFound()).toBe(false);
    const env = { ...process.env, BALLAST_CONFIG: broker.configPath, BALLAST_SOCKET: broker.socketPath };
    const asked = promisify(execFile)(process.execPath, [BALLAST, "ksm"], { env });
    await expect(asked).rejects.toMatchObject({
      code: 3,
      stdout: expect.stringContaining("put back as it found"),
    });
    expect(await isAsFound()).toBe(true);
    await broker.restart();
    await until("steering", ({ run }) => run === 1);
    await broker.kill();
    broker.configure({ ksm: { mode: "observe" } });
    await broker.restart();
    await waitFor("KSM as it was found", isAsFound, PATIENCE);
    await broker.stop();
    broker.configure({});
    await broker.restart();
    await until("steering", ({ run }) => run === 1);
    await broker.stop();
    expect(await isAsFound()).toBe(true);
  });

  it("is left to ksmtuned while that runs, which `status` names", async () => {
    const { broker, folder } = scene;
    const path = join(folder, "ksmtuned");
    copyFileSync("/bin/sleep", path);
    const ksmtuned = await startProcess(path, ["600"], { logPath: join(folder, "ksmtuned.log") });
    await broker.restart();
    const { text } = await until("the rival", ({ reason: why }) => why === "rival");
    expect(text).toContain(`ksmtuned (process ${ksmtuned.pid}) holds it`);
    await expect(broker.orderKsm("on")).rejects.toThrow("ksmtuned");
    expect(await isAsFound()).toBe(true);
    await ksmtuned.kill();
    await broker.orderKsm("on");
    await until("steering", ({ run, reason: why }) => run === 1 && why === "asked");
  });

  it("keeps a guest of another trust label apart, in the flags of its process too", async () => {
    const { broker } = scene;
    broker.configure({ trust: { g3: "other" } });
    broker.signal("SIGHUP");
    const isApart = async () =>
      (await part("g3"))?.reason === "other-trust" && (await part("g3"))?.merging === false;
    await waitFor("g3 to be apart", isApart, PATIENCE);
    // QEMU's firmware and video memory stay mergeable: a few pages.
    const isUnmerged = async () => ((await part("g3"))?.sharedBytes ?? MERGED_BYTES) < 4 * MIB;
    await waitFor("g3's pages to be apart", isUnmerged, PATIENCE);
    expect(await ksm.mergeableBytes(scene.guest("g3").pid)).toBeLessThan(256 * MIB);
    expect(await ksm.mergeableBytes(scene.guest("g1").pid)).toBeGreaterThanOrEqual(512 * MIB);
    await until("merging among the others", ({ run, savedBytes }) => run === 1 && savedBytes > 20 * MIB);
    broker.configure({});
    broker.signal("SIGHUP");
    const isBack = async () => (await part("g3"))?.merging === true;
    await waitFor("g3 to share again", isBack, PATIENCE);
    expect(await ksm.mergeableBytes(scene.guest("g3").pid)).toBeGreaterThanOrEqual(512 * MIB);
  });

  it("is driven by the kernel's own advisor, under which no pace can be set", async () => {
    const { broker } = scene;
    broker.configure({ ksm: { mode: "advisor", interval: "1s" } });
    broker.signal("SIGHUP");
    await until("the advisor", ({ advisor, run }) => advisor === "scan-time" && run === 1);
    const refused = createKsmKnobs(KSM_FOLDER).write({ pagesToScan: 100 });
    await expect(refused).rejects.toMatchObject({ code: "KSM_INVALID", knob: "pages_to_scan" });
    broker.configure({});
    broker.signal("SIGHUP");
    await until("our own pace", ({ advisor, run }) => advisor === "none" && run === 1);
  });

  it("unmerges everything on command, and merges nothing until the next command", async () => {
    const { broker } = scene;
    expect(await broker.orderKsm("unmerge")).toMatch(/^unmerging \d+ MiB$/);
    const { unmerge } = await until("the end", (status) => status.unmerge?.state === "done");
    expect(unmerge?.leftBytes).toBe(0);
    await until("rest", ({ reason: why, run }) => why === "manual-off" && run === 0);
    expect((await ksm.read()).savedBytes).toBe(0);
    await broker.orderKsm("on");
    await until("merged memory", ({ savedBytes }) => savedBytes >= MERGED_BYTES);
  });
});
