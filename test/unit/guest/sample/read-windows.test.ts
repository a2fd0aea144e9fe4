/** A Windows guest's figures, read as often as it is worth it, and what the agent makes of them. */
import { beforeEach, describe, expect, it } from "vitest";
import { buildReport } from "../../../../guest/src/judgement/build-report.ts";
import { type JudgementSettings, SampleJudge } from "../../../../guest/src/judgement/judge.ts";
import { acceptTuning } from "../../../../guest/src/judgement/tuning.ts";
import { WindowsReader } from "../../../../guest/src/sample/read-windows.ts";
import { FakeWindowsMemory } from "../../../fakes/fake-windows-memory.ts";

const MIB = 1024 * 1024;
const TRAITS = { pageSizeBytes: 4096, deflateOnOom: false, balloon: true, balloonHidden: true };
const SETTINGS: JudgementSettings = {
  ...acceptTuning(undefined),
  helpMs: 150,
  waitingForHelp: false,
  inflating: false,
};

let memory: FakeWindowsMemory;
let reader: WindowsReader;
let assessor: SampleJudge;

beforeEach(() => {
  memory = new FakeWindowsMemory();
  reader = new WindowsReader(memory, TRAITS);
  assessor = new SampleJudge(TRAITS);
});

function look(atMs: number, settings: Partial<JudgementSettings> = {}) {
  const assessment = assessor.judge(reader.read(atMs, false), { ...SETTINGS, ...settings });
  if (!assessment) throw new Error("the sample is not readable");
  return assessment;
}

describe("sizes", () => {
  it("are Task Manager's: available is zeroed, free and standby, used is the rest", () => {
    const { use } = look(0);
    expect(use.availableBytes).toBe(2000 * MIB);
    expect(use.usedBytes).toBe(2096 * MIB);
  });

  it("travel in the words of the wire: standby as cache, modified as dirty, and the commit charge", () => {
    const sample = reader.read(0, true);
    const assessment = assessor.judge(sample, SETTINGS);
    if (!assessment) throw new Error("the sample is not readable");
    const report = buildReport(sample, assessment, { roundTripMs: undefined, cpuUs: undefined });
    expect(report).toMatchObject({
      totalBytes: 4096 * MIB,
      availableBytes: 2000 * MIB,
      freeBytes: 300 * MIB,
      cacheBytes: 1700 * MIB,
      dirtyBytes: 50 * MIB,
      committedBytes: 3000 * MIB,
      commitLimitBytes: 8000 * MIB,
      agentPrivateBytes: 12 * MIB,
    });
    expect(report.balloonBytes).toBeUndefined();
  });

  it("lack the lists, and are not zero, where only administrators may read them", () => {
    memory.mayReadLists = false;
    const { meminfo, counters, windows } = reader.read(0, true);
    expect(meminfo.availableBytes).toBe(2000 * MIB);
    expect(meminfo.fileBytes).toBeUndefined();
    expect(counters?.vmstat.refaultFilePages).toBeUndefined();
    expect(windows?.standbyBytes).toBeUndefined();
  });

  it("lack what the lists said before once these are refused", () => {
    expect(Object.keys(reader.read(0, true).meminfo)).toContain("dirtyBytes");
    memory.mayReadLists = false;
    const { meminfo, counters, windows } = reader.read(20, true);
    for (const name of ["freeBytes", "fileBytes", "dirtyBytes"]) expect(meminfo).not.toHaveProperty(name);
    expect(counters?.vmstat).not.toHaveProperty("stealPages");
    expect(windows).toMatchObject({ standbyBytes: undefined, repurposedPages: undefined });
  });

  it("are shown in the same sample each time", () => {
    const sample = reader.read(0, true);
    memory.standbyMib -= 10;
    expect(reader.read(20, true)).toBe(sample);
    expect(sample.windows?.standbyBytes?.[5]).toBe(1690 * MIB);
  });

  it("never show more cache than is available, though both are read at different moments", () => {
    reader.read(0, true);
    memory.standbyMib = 1699;
    memory.zeroedMib = 0;
    memory.freeMib = 0;
    const { meminfo } = reader.read(10, false);
    expect((meminfo.fileBytes ?? 0) + (meminfo.freeBytes ?? 0)).toBeLessThanOrEqual(1699 * MIB);
  });

  it("read the lists twice a second at rest, and at once when available memory moves", () => {
    for (let atMs = 0; atMs < 500; atMs += 50) reader.read(atMs, false);
    expect(memory.listReads).toBe(1);
    memory.zeroedMib -= 10;
    reader.read(450, false);
    expect(memory.listReads).toBe(2);
  });
});

describe("growth", () => {
  it("of programs leads to a demand in time", () => {
    memory.standbyMib = 0;
    look(0);
    memory.zeroedMib -= 60;
    expect(look(100).demand).toMatchObject({ reason: "runs-out" });
  });

  it("is not what an announced inflation takes, which Windows counts as used", () => {
    look(0);
    assessor.announceInflation(400 * MIB);
    memory.standbyMib -= 300;
    expect(look(100, { inflating: true }).growth.bytesPerSecond).toBe(0);
  });

  it("is what goes beyond the announced inflation", () => {
    look(0);
    assessor.announceInflation(100 * MIB);
    memory.standbyMib -= 300;
    expect(look(100, { inflating: true }).growth.bytesPerSecond).toBe(2000 * MIB);
  });

  it("counts again once the inflation must be over", () => {
    look(0);
    assessor.announceInflation(400 * MIB);
    look(100, { inflating: false });
    memory.standbyMib -= 100;
    expect(look(200, { inflating: false }).growth.bytesPerSecond).toBeGreaterThan(0);
  });
});

describe("pressure", () => {
  it("is critical, with a demand at once, when the kernel says that memory is low", () => {
    expect(look(0)).toMatchObject({ pressure: "none", demand: undefined });
    memory.lowMemory = true;
    const { pressure, demand } = look(50);
    expect(pressure).toBe("critical");
    expect(demand).toMatchObject({ reason: "low-memory", level: "critical" });
  });

  it("is felt when hardly anything can be promised to programs any more", () => {
    memory.commitFigures = { committedBytes: 7950 * MIB, commitLimitBytes: 8000 * MIB };
    expect(look(0).pressure).toBe("moderate");
  });

  it("is felt when the cache is dropped and read again", () => {
    look(0);
    memory.repurposedPages = 50_000;
    memory.pagingFigures = { readPages: 50_000, hardFaults: 8000, writtenPages: 0 };
    expect(look(600).pressure).toBe("critical");
  });

  it("is not felt when a cache fills free memory", () => {
    look(0);
    memory.pagingFigures = { readPages: 50_000, hardFaults: 8000, writtenPages: 0 };
    expect(look(600).pressure).toBe("none");
  });

  it("is told from hard faults where the lists may not be read and memory is short", () => {
    memory.mayReadLists = false;
    memory.standbyMib = 0;
    memory.zeroedMib = 100;
    look(0);
    expect(look(600).pressure).toBe("none");
    memory.pagingFigures = { readPages: 5000, hardFaults: 800, writtenPages: 0 };
    expect(look(1200).pressure).toBe("critical");
  });
});
