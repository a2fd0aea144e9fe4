import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { countMoves, violations } from "../../../testbed/promises/check.ts";
import { type RunEvent, RunRecorder } from "../../../testbed/promises/run-record.ts";

const TIMES = { staleAfterMs: 2000, reactionMs: 500, helpMs: 5000 };
const size = (guest: string, mib: number): RunEvent => ({ kind: "size", guest, bytes: mib * MIB });
const target = (guest: string, mib: number): RunEvent => ({ kind: "target", guest, bytes: mib * MIB });
const use = (guest: string, mib: number): RunEvent => ({ kind: "use", guest, bytes: mib * MIB });
const news = (guest: string): RunEvent => ({ kind: "news", guest });
const kill = (guest: string, lackedMib: number): RunEvent => ({
  kind: "kill",
  guest,
  lackedBytes: lackedMib * MIB,
});

/** Two guests of 512 MiB, squeezed to 400, that use 100, on a budget of 900, ten seconds later. */
class Run {
  nowMs = 0;
  readonly recorder = new RunRecorder(() => this.nowMs);

  constructor() {
    this.note({ kind: "budget", bytes: 900 * MIB });
    for (const guest of ["web1", "db1"]) {
      this.note({ kind: "guest", guest, minBytes: 128 * MIB, maxBytes: 512 * MIB });
      this.note(use(guest, 100), size(guest, 400), target(guest, 400));
    }
    this.after(10_000);
    this.note(news("web1"), news("db1"));
  }

  note(...events: readonly RunEvent[]): this {
    for (const event of events) this.recorder.note(event);
    return this;
  }

  after(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  /** Rules that were broken. */
  get broken(): readonly string[] {
    return violations(this.recorder.records, TIMES).map(({ promise, rule }) => `${promise}: ${rule}`);
  }
}

describe("a run in which all promises are kept", () => {
  it("has no violation", () => {
    const run = new Run().note(target("web1", 300)).after(100).note(size("web1", 300), target("db1", 500));
    expect(run.broken).toEqual([]);
    expect(countMoves(run.recorder.records)).toEqual({ taken: 1, given: 1 });
  });
});

describe("a kill", () => {
  const NO_KILL = ["1: no kill while there is memory to lend"];

  it("counts where nobody had the memory that was lacked", () => {
    const run = new Run().note(kill("web1", 60));
    expect(run.broken).toEqual(NO_KILL);
    expect(violations(run.recorder.records, TIMES)[0]).toMatchObject({
      guest: "web1",
      text: "killed at 400 MiB for 60 MiB, with 100 MiB to lend",
    });
  });

  it("does not count where all is lent, nor in a guest that has all of its memory", () => {
    expect(new Run().note(kill("web1", 150)).broken).toEqual([]);
    expect(new Run().note(size("web1", 512), kill("web1", 10)).broken).toEqual([]);
  });

  it.each(["broker", "agent", "monitor"] as const)(
    "does not count while the %s is away, and soon after",
    (part) => {
      const who = part === "broker" ? {} : { guest: "web1" };
      const run = new Run()
        .note({ kind: "lost", part, ...who })
        .after(60_000)
        .note(kill("web1", 60));
      expect(run.broken).toEqual([]);
      run
        .note({ kind: "back", part, ...who })
        .after(1000)
        .note(kill("web1", 60));
      expect(run.broken).toEqual([]);
      expect(run.after(TIMES.helpMs).note(kill("web1", 60)).broken).toEqual(NO_KILL);
    },
  );

  it("of another guest's lost agent counts", () => {
    expect(new Run().note({ kind: "lost", part: "agent", guest: "db1" }, kill("web1", 60)).broken).toEqual(
      NO_KILL,
    );
  });
});

describe("the budget", () => {
  const OVER = ["2: nothing over budget"];

  it("is broken by a promise that does not fit with what others still hold", () => {
    // web1 was told to shrink, but has not yet.
    const run = new Run().note(target("web1", 250), target("db1", 512));
    expect(run.broken).toEqual(OVER);
    expect(violations(run.recorder.records, TIMES)[0]?.text).toBe(
      "512 MiB promised makes 912 MiB of a budget of 900 MiB",
    );
  });

  it("counts what QEMU was told before the broker was lost", () => {
    const run = new Run().note(
      target("web1", 490),
      { kind: "lost", part: "broker" },
      { kind: "back", part: "broker" },
    );
    expect(run.note(target("db1", 490)).broken).toEqual(OVER);
  });

  it("is broken by a promise half a second after another guest was started, not before: nobody could know", () => {
    const started = new Run()
      .note(target("web1", 250), size("web1", 250), target("db1", 500))
      .note({ kind: "boot", guest: "web1" }, size("web1", 512));
    expect(started.after(100).note(target("db1", 510)).broken).toEqual([]);
    expect(started.after(500).note(target("db1", 512)).broken).toEqual(OVER);
  });

  it("is not broken by a growing balloon that is told to stay where it just was", () => {
    const run = new Run()
      .note({ kind: "budget", bytes: 500 * MIB }, target("web1", 200))
      .after(50)
      .note(size("web1", 380));
    expect(run.note(target("web1", 395)).broken).toEqual([]);
    expect(run.after(600).note(size("web1", 300), target("web1", 395)).broken).toEqual([]);
    expect(run.after(600).note(target("web1", 395)).broken).toEqual([]);
  });

  it("is not broken by less than was promised before, by a guest that boots, nor by what a guest that is off had", () => {
    const shrunk = new Run().note(
      { kind: "budget", bytes: 500 * MIB },
      target("web1", 300),
      target("web1", 350),
    );
    expect(shrunk.broken).toEqual([]);
    expect(new Run().note({ kind: "boot", guest: "web1" }, target("web1", 512)).broken).toEqual([]);
    expect(new Run().note({ kind: "off", guest: "web1" }, target("db1", 512)).broken).toEqual([]);
  });

  it("is broken by guests that hold more, once", () => {
    const held = (mib: number): RunEvent => ({ kind: "held", bytes: mib * MIB });
    expect(new Run().note(held(880), held(901), held(902)).broken).toEqual(OVER);
  });
});

describe("a target", () => {
  it("below the minimum or above the maximum breaks the guarantee", () => {
    const LIMITS = "3: no target below the minimum or above the maximum";
    expect(new Run().note(target("web1", 127)).broken).toEqual([LIMITS]);
    expect(new Run().note({ kind: "budget", bytes: 4096 * MIB }, target("web1", 513)).broken).toEqual([
      LIMITS,
    ]);
  });

  it("below what the guest used all the time breaks the promise of its need", () => {
    const run = new Run().note(use("web1", 300)).after(1000).note(news("web1"));
    expect(run.note(target("web1", 290)).broken).toEqual([]);
    run.after(3000).note(news("web1"), target("web1", 280));
    expect(run.broken).toEqual(["3: nothing taken below the real need"]);
  });

  it("below what it has on old news is no taking on a guess any more", () => {
    const STALE = ["5: nothing taken on stale news"];
    expect(new Run().after(2400).note(target("web1", 300)).broken).toEqual([]);
    expect(new Run().after(2600).note(target("web1", 300)).broken).toEqual(STALE);
    expect(new Run().after(2600).note(target("web1", 450)).broken).toEqual([]);
  });

  it("below what it has after a boot needs news of that boot", () => {
    const STALE = ["5: nothing taken on stale news"];
    const booted = () => new Run().note({ kind: "boot", guest: "web1" });
    expect(booted().after(400).note(target("web1", 300)).broken).toEqual([]);
    expect(booted().after(600).note(target("web1", 300)).broken).toEqual(STALE);
    expect(booted().after(600).note(news("web1"), target("web1", 300)).broken).toEqual([]);
  });

  it("below what it has is not for a guest that does not run", () => {
    const stopped = new Run().note({ kind: "lost", part: "guest", guest: "web1" }).after(600);
    expect(stopped.note(target("web1", 300)).broken).toEqual([
      "5: nothing taken from a guest that does not run",
    ]);
    const back = new Run().note({ kind: "lost", part: "guest", guest: "web1" }).after(600);
    back.note({ kind: "back", part: "guest", guest: "web1" });
    expect(back.note(target("web1", 300)).broken).toEqual([]);
  });
});

describe("records that make no sense", () => {
  it("are refused: a guest that was never there", () => {
    expect(() => new Run().note(size("web9", 1)).broken).toThrow(/tells of web9 before it is there/);
  });
});
