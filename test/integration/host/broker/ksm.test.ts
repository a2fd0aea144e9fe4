/** The keeper of KSM with its real adapters over a recorded tree. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { repairKsm } from "../../../../host/src/broker/ksm/crash-repair.ts";
import { SavedKnobs } from "../../../../host/src/broker/ksm/saved-knobs.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import { ksmSettings } from "../../../fakes/ksm-facts.ts";
import { KsmScene, OTHER_BROKER } from "../../../fakes/ksm-scene.ts";

/** As the recorded tree has them: run, pages_to_scan, sleep_millisecs. */
const FOUND = "1 1250 20";
const STOPPED = "0 1250 20";
/** As a broker leaves them that is killed. */
const LEFT = "1 777 20";

async function steering(change = {}) {
  const scene = new KsmScene();
  scene.set("run", 0);
  scene.addGuest(801);
  const keeper = await scene.keeper(change);
  await scene.until(keeper, ({ run }) => run === 1);
  return { scene, keeper };
}

describe("the keeper of KSM", () => {
  it("turns the knobs, tells what it does and why, and puts them back when it stops", async () => {
    const { scene, keeper } = await steering();
    expect(scene.knobs).not.toBe(STOPPED);
    expect(keeper.status()).toMatchObject({
      ...{ mode: "adaptive", run: 1, reason: "guest-started", state: "harvest" },
      ...{ savedBytes: (45_013 + 12) * 4096, pagesSharing: 45_013, cpuSecondsTotal: 4.7 },
    });
    await keeper.stop();
    expect(scene.knobs).toBe(STOPPED);
    expect(existsSync(scene.recordPath)).toBe(false);
  });

  it("looks sooner while it harvests: ksmd would go on at that pace after its last scan", async () => {
    const { scene, keeper } = await steering({ intervalMs: 600_000 });
    scene.set("full_scans", Number(scene.get("full_scans")) + 6);
    const { state } = await scene.until(keeper, ({ reason }) => reason !== "guest-started");
    expect(state).toBe("maintain");
  });

  it("sets the pace anew when it switches the advisor, which has set its own", async () => {
    const { ports } = new KsmScene();
    const reading = await ports.reader.read();
    if (reading === undefined) throw new Error("no KSM in this scene");
    const advised = { ...reading.knobs, advisorMode: "scan-time" } as const;
    const custody = new SavedKnobs(ports.writer, ports.record);
    const wanted = { advisorMode: "none", pagesToScan: advised.pagesToScan, run: 1 } as const;
    expect(await custody.turn(wanted, advised)).toEqual(wanted);
    expect(custody.written).toEqual(wanted);
    expect(await custody.turn(wanted, reading.knobs)).toEqual({});
  });

  it.each(["off", "observe"] as const)("turns nothing in mode %s", async (mode) => {
    const scene = new KsmScene();
    scene.addGuest(801);
    const keeper = await scene.keeper({ mode });
    expect(keeper.status()).toMatchObject({ mode, reason: mode, run: 1 });
    await keeper.stop();
    expect(scene.knobs).toBe(FOUND);
  });

  it("turns nothing where the broker only observes, and tells so", async () => {
    const scene = new KsmScene();
    const { switches } = scene.addGuest(801, { trust: "a" });
    scene.addGuest(802, { name: "other", trust: "b" });
    const keeper = await scene.keeper({}, false);
    expect(keeper.status()?.reason).toBe("observe-only");
    await keeper.stop();
    expect([scene.knobs, switches]).toEqual([FOUND, []]);
  });

  it("turns nothing while what was found cannot be kept", async () => {
    const scene = new KsmScene();
    scene.set("run", 0);
    scene.addGuest(801);
    writeFileSync(dirname(scene.recordPath), "no folder");
    const keeper = await scene.keeper();
    await scene.until(keeper, ({ state }) => state === "harvest");
    expect(scene.knobs).toBe(STOPPED);
  });

  it("tells why a knob cannot be turned, and goes on", async () => {
    const scene = new KsmScene();
    scene.set("run", 0);
    scene.addGuest(801);
    rmSync(`${scene.root}/sys/advisor_max_cpu`);
    const keeper = await scene.keeper({ mode: "advisor" });
    const { problem } = await scene.until(keeper, ({ problem: text }) => text !== undefined);
    expect(problem).toBe("KSM's advisor_max_cpu does not take 47: this kernel has no such knob");
    expect(scene.get("run")).toBe("0");
    keeper.reconfigure({ ksm: ksmSettings({ intervalMs: 20 }), act: true });
    await scene.until(keeper, ({ run, problem: text }) => run === 1 && text === undefined);
  });
});

describe("beside another program", () => {
  it("nothing is turned, and it is named", async () => {
    const scene = new KsmScene();
    scene.addGuest(801);
    scene.runs("ksmtuned");
    const keeper = await scene.keeper();
    expect(keeper.status()?.text).toBe(
      "another program controls KSM; not changing it: ksmtuned (process 4242) holds it; systemctl disable --now ksmtuned",
    );
    expect(scene.knobs).toBe(FOUND);
    for (const order of ["on", "off", "unmerge"] as const)
      expect(await keeper.order(order)).toMatchObject({
        ok: false,
        text: expect.stringContaining("ksmtuned"),
      });
    await keeper.stop();
    expect(scene.knobs).toBe(FOUND);
  });

  it("that comes later the knobs are left as it turns them, also when the broker stops", async () => {
    const { scene, keeper } = await steering();
    scene.set("pages_to_scan", 4711);
    const { text } = await scene.until(keeper, ({ reason }) => reason === "foreign-change");
    expect(text).toMatch(/pagesToScan is 4711, was \d+/);
    scene.set("run", 0);
    scene.set("sleep_millisecs", 33);
    await scene.until(keeper, ({ text: now }) => now.includes("run is 0"));
    await keeper.stop();
    expect(scene.knobs).toBe("0 4711 33");
  });

  it("the admin can take the knobs back", async () => {
    const { scene, keeper } = await steering();
    scene.set("run", 0);
    await scene.until(keeper, ({ reason }) => reason === "foreign-change");
    expect(await keeper.order("on")).toMatchObject({ ok: true });
    await scene.until(keeper, ({ run, reason }) => run === 1 && reason === "asked");
  });

  it("another ballastd is one", async () => {
    const scene = new KsmScene();
    scene.addGuest(801);
    await scene.leftBehind(true);
    const keeper = await scene.keeper();
    expect(keeper.status()?.text).toContain(`another ballastd (process ${OTHER_BROKER}) holds it`);
    await keeper.stop();
    expect(scene.knobs).toBe(LEFT);
  });
});

describe("after a broker that crashed", () => {
  async function killed() {
    const scene = new KsmScene();
    scene.set("run", 0);
    scene.addGuest(801);
    await scene.leftBehind();
    expect(scene.knobs).toBe(LEFT);
    return scene;
  }

  it("the next one that steers puts back, in the end, what the first had found", async () => {
    const scene = await killed();
    const next = await scene.keeper();
    await scene.until(next, ({ reason }) => reason === "guest-started");
    await next.stop();
    expect(scene.knobs).toBe(STOPPED);
  });

  it("the next one that does not steer puts it back at once", async () => {
    const scene = await killed();
    await scene.keeper({ mode: "observe" });
    expect(scene.knobs).toBe(STOPPED);
    expect(existsSync(scene.recordPath)).toBe(false);
  });

  it("the command line puts it back where no broker runs, and says so", async () => {
    const scene = await killed();
    expect(await repairKsm(scene.ports)).toMatchObject({
      text: "the last broker crashed; KSM's knobs are put back as it found them",
      run: 0,
    });
    expect(scene.knobs).toBe(STOPPED);
    expect((await repairKsm(scene.ports)).text).toBe("as it is, no broker has changed it");
  });

  it("the command line leaves a broker that runs alone", async () => {
    const scene = new KsmScene();
    await scene.leftBehind(true);
    expect((await repairKsm(scene.ports)).text).toMatch(/runs and holds it/);
    expect(scene.knobs).toBe(LEFT);
  });

  it("a reboot has undone everything: what was found before it is not put back", async () => {
    const scene = await killed();
    scene.boots("boot-2");
    await scene.keeper({ mode: "observe" });
    expect((await repairKsm(scene.ports)).text).toBe("as it is, no broker has changed it");
    expect(scene.knobs).toBe(LEFT);
  });
});

describe("the admin's command", () => {
  it("off lets ksmd rest, over a restart too, until on", async () => {
    const { scene, keeper } = await steering();
    expect(await keeper.order("off")).toMatchObject({ ok: true });
    await scene.until(keeper, ({ run, reason }) => run === 0 && reason === "manual-off");
    await keeper.stop();
    const next = await scene.keeper();
    expect(next.status()).toMatchObject({ reason: "manual-off", run: 0 });
    await next.order("on");
    await scene.until(next, ({ run }) => run === 1);
  });

  it("on steers where the config does not", async () => {
    const scene = new KsmScene();
    scene.set("run", 0);
    scene.addGuest(801);
    const keeper = await scene.keeper({ mode: "observe" });
    expect(await keeper.order("on")).toEqual({ ok: true, text: "KSM is controlled, mode adaptive" });
    await scene.until(keeper, ({ run, mode }) => run === 1 && mode === "adaptive");
  });

  it("is refused where the broker does not steer or only observes", async () => {
    const scene = new KsmScene();
    const keeper = await scene.keeper({ mode: "observe" });
    expect(await keeper.order("off")).toMatchObject({ ok: false, text: expect.stringContaining("echo 0 >") });
    const observing = new KsmScene();
    expect(await (await observing.keeper({}, false)).order("on")).toMatchObject({ ok: false });
  });
});

describe("unmerging everything", () => {
  it("is refused with numbers where it does not fit", async () => {
    const { scene, keeper } = await steering();
    Object.assign(scene.world.host, { availableBytes: 200 * MIB });
    expect(await keeper.order("unmerge")).toEqual({
      ok: false,
      text: "unmerging 176 MiB needs 211 MiB available (including a margin and the reserve of 0 MiB); 200 MiB is available: nothing is done",
    });
    expect(scene.get("run")).toBe("1");
  });

  it("is done by the kernel, after which nothing merges until on", async () => {
    const { scene, keeper } = await steering();
    expect(await keeper.order("unmerge")).toMatchObject({ ok: true });
    await scene.until(keeper, ({ unmerge }) => unmerge?.state === "done");
    await scene.until(keeper, ({ reason, run }) => reason === "manual-off" && run === 0);
    await keeper.order("on");
    await scene.until(keeper, ({ run }) => run === 1);
  });
});

describe("guests of several trust labels", () => {
  it("are apart before ksmd runs, stay apart when the broker stops, and are known to the next", async () => {
    const scene = new KsmScene();
    scene.set("run", 0);
    const big = scene.addGuest(801, { name: "a", trust: "a" });
    big.record.tookProcess({ residentBytes: GIB, swappedBytes: 0, processId: 801 }, 0);
    const small = scene.addGuest(802, { name: "b", trust: "b" });
    const runAtSwitch: string[] = [];
    const { monitor } = small.record;
    const setMerging = monitor.setMerging.bind(monitor);
    vi.spyOn(monitor, "setMerging").mockImplementation(async (on) => {
      runAtSwitch.push(scene.get("run"));
      await setMerging(on);
    });
    const keeper = await scene.keeper();
    await scene.until(keeper, ({ run }) => run === 1);
    expect(runAtSwitch).toEqual(["0"]);
    expect([big.switches, small.switches]).toEqual([[], [false]]);
    expect(keeper.guest("b")).toMatchObject({ merging: false, reason: "other-trust", trust: "b" });
    await keeper.stop();
    expect(small.switches).toEqual([false]);
    const next = await scene.keeper({ mode: "observe" });
    await vi.waitUntil(() => small.switches.length === 2);
    expect(small.switches).toEqual([false, true]);
    expect(next.status()?.reason).toBe("observe");
  });

  it("that cannot be switched keep ksmd from running", async () => {
    const scene = new KsmScene();
    const { record } = scene.addGuest(801, { name: "a", trust: "a" });
    record.tookProcess({ residentBytes: GIB, swappedBytes: 0, processId: 801 }, 0);
    scene.addGuest(802, { name: "b", trust: "b" }).refuses = true;
    const keeper = await scene.keeper();
    const { text } = await scene.until(keeper, ({ run }) => run === 0);
    expect(text).toBe("ksmd rests until guests that must not share are unmerged: b");
    expect(scene.told).toContain("its merging could not be switched off: Error: QEMU is busy");
  });

  it("and is only observed is not switched, and keeps ksmd from running", async () => {
    const scene = new KsmScene();
    const { record } = scene.addGuest(801, { name: "a", trust: "a" });
    record.tookProcess({ residentBytes: GIB, swappedBytes: 0, processId: 801 }, 0);
    const { switches } = scene.addGuest(802, { name: "b", trust: "b" });
    scene.observed.add("b");
    const keeper = await scene.keeper();
    const { text } = await scene.until(keeper, ({ run }) => run === 0);
    expect(text).toBe("ksmd rests until guests that must not share are unmerged: b");
    expect(switches).toEqual([]);
  });
});

describe("what the process shows", () => {
  it("counts more than what QEMU says", async () => {
    const scene = new KsmScene();
    const guest = scene.addGuest(801, { name: "odd" }, { on: true });
    writeFileSync(`${scene.procRoot}/801/smaps`, "Size: 524288 kB\nVmFlags: rd wr mr mw sh\n");
    const keeper = await scene.keeper();
    expect(keeper.guest("odd")).toMatchObject({ merging: false, reason: "not-mergeable" });
    expect(guest.switches).toEqual([]);
  });
});
