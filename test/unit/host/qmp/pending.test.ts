import { describe, expect, it } from "vitest";
import { QmpInterruptedError } from "../../../../host/src/qmp/errors.ts";
import { type Outcome, PendingCommands } from "../../../../host/src/qmp/pending.ts";
import { HandTimers } from "../../../fakes/hand-timers.ts";

function setUp() {
  const timers = new HandTimers();
  const outcomes: Outcome[] = [];
  const pending = new PendingCommands(timers, () => undefined);
  const add = (command: string, deadlineMs: number) =>
    pending.add(command, deadlineMs, (outcome) => outcomes.push(outcome));
  return { timers, outcomes, pending, add };
}

describe("pending commands", () => {
  it("ends a command with its reply, and then with nothing more", () => {
    const { timers, outcomes, pending, add } = setUp();
    const id = add("stop", 100);
    pending.finish(id, { ok: true, value: 1 });
    pending.finish(id, { ok: true, value: 2 });
    timers.advance(1000);
    expect(outcomes).toEqual([{ ok: true, value: 1 }]);
    expect(pending.size).toBe(0);
  });

  it("ends a command at its deadline and swallows the reply that comes later", () => {
    const { timers, outcomes, pending, add } = setUp();
    const id = add("stop", 100);
    timers.advance(100);
    expect(outcomes).toMatchObject([{ ok: false, error: { code: "QMP_TIMEOUT" } }]);
    expect(pending).toMatchObject({ size: 1, awaited: 0, overdue: true });
    pending.finish(id, { ok: true, value: 1 });
    expect(outcomes).toHaveLength(1);
    expect(pending).toMatchObject({ size: 0, overdue: false, lateReplies: 1 });
  });

  it("ends every command when the connection is gone", () => {
    const { outcomes, pending, add } = setUp();
    add("a", 100);
    add("b", 100);
    pending.endAll((command) => new QmpInterruptedError(command));
    expect(outcomes.map((outcome) => !outcome.ok && outcome.error.message)).toEqual([
      "the connection ended before QEMU answered a",
      "the connection ended before QEMU answered b",
    ]);
    expect(pending.size).toBe(0);
  });

  it("tells for how long the oldest answer has been owed", () => {
    const { timers, pending, add } = setUp();
    expect(pending.silentMs).toBe(0);
    const first = add("a", 10);
    timers.advance(40);
    add("b", 10);
    timers.advance(5);
    expect(pending.silentMs).toBe(45);
    pending.finish(first, { ok: true, value: {} });
    expect(pending.silentMs).toBe(5);
  });

  it("has one timer for all, and ends each at its own deadline", () => {
    const { timers, outcomes, add } = setUp();
    add("slow", 100);
    add("quick", 40);
    add("slow too", 100);
    expect(timers.delays).toEqual([40]);
    timers.advance(40);
    expect(outcomes).toHaveLength(1);
    expect(timers.delays).toEqual([60]);
    timers.advance(60);
    expect(outcomes.map((outcome) => !outcome.ok && outcome.error.message)).toEqual([
      expect.stringContaining("quick"),
      expect.stringContaining("slow"),
      expect.stringContaining("slow too"),
    ]);
    expect(timers.delays).toEqual([]);
  });

  it("leaves no timer behind when all is answered", () => {
    const { timers, pending, add } = setUp();
    const [first, second] = [add("a", 100), add("b", 100)];
    pending.finish(first, { ok: true, value: {} });
    expect(timers.delays).toHaveLength(1);
    pending.finish(second, { ok: true, value: {} });
    expect(timers.delays).toEqual([]);
  });
});
