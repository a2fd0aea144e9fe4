import { describe, expect, it } from "vitest";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import { ProblemReporter, problemsOf } from "../../../../host/src/broker/guest-problems.ts";
import type { GuestProblem } from "../../../../host/src/broker/guest-record.ts";
import { GuestRecord } from "../../../../host/src/broker/guest-record.ts";
import type { MonitorFacts } from "../../../../host/src/model/adapters.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { INHIBITIONS } from "../../../../host/src/model/guest.ts";
import { aGuestMonitor, anEntry } from "../../../fakes/broker-adapters.ts";

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

function aRecord(facts: MonitorFacts = { inhibitions: [] }): GuestRecord {
  const record = new GuestRecord(anEntry(), aGuestMonitor(), undefined, 0);
  record.tookFacts(facts, 0);
  return record;
}

function aTeller() {
  const events = new EventLog({ nowMs: () => 0, wallMs: () => 0 }, log);
  const teller = new ProblemReporter(events);
  const texts = () => events.since(0, 1000).map(({ text }) => text);
  return { teller, texts };
}

const problem = (key: string, text: string): GuestProblem => ({
  key,
  level: "warn",
  text,
  over: `${key} is over`,
});

describe("a guest's problems", () => {
  it("are none when all is well", () => {
    expect(problemsOf(aRecord(), 0, 1000)).toEqual([]);
  });

  it("are only that QEMU cannot be reached, while it cannot", () => {
    const monitorFacts = { inhibitions: ["unreachable"], problem: "no socket" } as const;
    const record = aRecord(monitorFacts);
    record.boot.judged("old news");
    const found = problemsOf(record, 0, 1000);
    expect(found.map(({ text }) => text)).toEqual(["no socket"]);
  });

  it("have words for every inhibition that is not shown in another way", () => {
    for (const inhibition of INHIBITIONS) {
      const found = problemsOf(aRecord({ inhibitions: [inhibition] }), 0, 1000);
      expect(found).toHaveLength(["unreachable", "booting", "platform-lock"].includes(inhibition) ? 0 : 1);
    }
  });

  it("include being blind only after a while, and only when nothing explains it", () => {
    const record = aRecord();
    record.sawBlindness(true, 0);
    expect(problemsOf(record, 999, 1000)).toEqual([]);
    expect(problemsOf(record, 1000, 1000).map(({ key }) => key)).toEqual(["blind"]);
    record.boot.judged("it lies");
    expect(problemsOf(record, 1000, 1000).map(({ key }) => key)).toEqual(["report"]);
  });
});

describe("a balloon that is inflated where it frees nothing", () => {
  it.each(["vfio", "hugepages", "locked-memory"] as const)("is told with the way back: %s", (inhibition) => {
    const record = aRecord({ inhibitions: [inhibition], maxBytes: 512 * MIB });
    const text = () => problemsOf(record, 0, 1000)[0]?.text ?? "";
    record.balloon.sawActual(512 * MIB, 1);
    expect(text()).not.toMatch(/inflated/);
    record.balloon.sawActual(300 * MIB, 2);
    expect(text()).toMatch(/inflated to 300 MiB all the same: ballast balloon \S+ 512MiB gives that back/);
  });
});

describe("a guest whose process is not found", () => {
  it("has that as a problem after a while, while its QEMU answers", () => {
    const record = aRecord();
    record.tookProcess(undefined, 0);
    expect(problemsOf(record, 5000, 1000)).toEqual([]);
    record.connectionChanged(true, 0);
    record.tookProcess(undefined, 5000);
    record.tookProcess(undefined, 5500);
    expect(problemsOf(record, 5999, 1000)).toEqual([]);
    expect(problemsOf(record, 6000, 1000)).toMatchObject([
      { key: "process", text: expect.stringMatching(/counts with its whole size; run ballastd as root/) },
    ]);
    record.tookProcess({ residentBytes: 1, swappedBytes: 0 }, 6000);
    expect(problemsOf(record, 9000, 1000)).toEqual([]);
  });
});

describe("a problem", () => {
  it("adds one event at its beginning and one at its end", () => {
    const { teller, texts } = aTeller();
    for (let i = 0; i < 5; i++) teller.tell("web1", [problem("a", "it began")]);
    for (let i = 0; i < 5; i++) teller.tell("web1", []);
    expect(texts()).toEqual(["it began", "a is over"]);
  });

  it("adds another event when it comes back", () => {
    const { teller, texts } = aTeller();
    teller.tell("web1", [problem("a", "x")]);
    teller.tell("web1", []);
    teller.tell("web1", [problem("a", "x")]);
    expect(texts()).toEqual(["x", "a is over", "x"]);
  });

  it("does not fill the events when its text changes", () => {
    const { teller, texts } = aTeller();
    for (let i = 0; i < 100; i++) teller.tell("web1", [problem("a", `for ${i} s`)]);
    expect(texts()).toHaveLength(4);
    for (let i = 0; i < 100; i++) teller.tell("web2", [problem("a", i % 2 === 0 ? "x" : "y")]);
    expect(texts()).toHaveLength(6);
  });

  it("does not end while QEMU cannot be reached", () => {
    const { teller, texts } = aTeller();
    teller.tell("web1", [problem("paused", "p")]);
    teller.tell("web1", [problem("qemu", "q")]);
    teller.tell("web1", [problem("paused", "p")]);
    expect(texts()).toEqual(["p", "q", "qemu is over"]);
  });
});
