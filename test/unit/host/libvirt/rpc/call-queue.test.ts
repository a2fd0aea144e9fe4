import { describe, expect, it } from "vitest";
import { CallGate } from "../../../../../host/src/libvirt/rpc/call-gate.ts";
import {
  CallQueue,
  MOST_OUTSTANDING,
  MOST_WAITING,
  type Outcome,
  STUCK_MS,
} from "../../../../../host/src/libvirt/rpc/call-queue.ts";
import { LibvirtClosedError } from "../../../../../host/src/libvirt/rpc/errors.ts";
import { HandTimers } from "../../../../fakes/hand-timers.ts";

const ANSWER: Outcome = { ok: true, payload: new Uint8Array() };

function setUp() {
  const timers = new HandTimers();
  const queue = new CallQueue(timers);
  /** What was sent: name -> serial, in order. */
  const sent = new Map<string, number>();
  const ended = new Map<string, string>();
  const call = (name: string, key: string, { urgent = false, deadlineMs = 1000 } = {}) =>
    queue.add({
      name,
      key,
      urgent,
      deadlineMs,
      send: (serial) => sent.set(name, serial),
      settle: (outcome) => ended.set(name, outcome.ok ? "answered" : outcome.error.code),
    });
  const answer = (name: string) => queue.finish(sent.get(name) ?? 0, ANSWER);
  return { timers, queue, sent, ended, call, answer };
}

describe("calls to libvirt", () => {
  it("are sent at most four at a time, the next with each answer", () => {
    const { queue, sent, call, answer } = setUp();
    for (const name of ["a", "b", "c", "d", "e", "f"]) call(name, name);
    expect([...sent.keys()]).toEqual(["a", "b", "c", "d"]);
    expect(queue.outstanding).toBe(MOST_OUTSTANDING);
    answer("c");
    expect([...sent.keys()]).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("are sent one at a time for each domain, without holding up other domains", () => {
    const { sent, call, answer } = setUp();
    call("look", "web1");
    call("command", "web1");
    call("other", "web2");
    expect([...sent.keys()]).toEqual(["look", "other"]);
    answer("look");
    expect([...sent.keys()]).toEqual(["look", "other", "command"]);
  });

  it("are not sent when too little of their deadline is left for an answer", () => {
    const { timers, sent, ended, call, answer } = setUp();
    for (const name of ["a", "b", "c", "d"]) call(name, name, { deadlineMs: 5_000 });
    call("late", "e");
    timers.advance(850);
    answer("a");
    timers.advance(200);
    expect([...sent.keys()]).not.toContain("late");
    expect(ended.get("late")).toBe("LIBVIRT_BUSY");
  });

  it("go one at a time, over all connections, once three are stuck", () => {
    const timers = new HandTimers();
    const gate = new CallGate();
    const queues = [new CallQueue(timers, gate), new CallQueue(timers, gate)];
    const sent = new Map<string, () => void>();
    const call = (queue: CallQueue | undefined, name: string) =>
      queue?.add({
        ...{ name, key: name, urgent: false, deadlineMs: 10_000, settle: () => undefined },
        send: (serial) => sent.set(name, () => queue.finish(serial, ANSWER)),
      });
    for (const name of ["a", "b", "c"]) call(queues[0], name);
    timers.advance(STUCK_MS);
    for (const name of ["d", "e", "f"]) call(queues[1], name);
    expect([...sent.keys()]).toEqual(["a", "b", "c", "d"]);
    timers.advance(STUCK_MS);
    expect([...sent.keys()].at(-1)).toBe("e");
    sent.get("a")?.();
    sent.get("b")?.();
    expect([...sent.keys()].at(-1)).toBe("f");
  });

  it("go first where they are urgent, in their own order", () => {
    const { sent, call, answer } = setUp();
    for (const name of ["a", "b", "c", "d"]) call(name, name);
    call("look", "e");
    call("first command", "f", { urgent: true });
    call("second command", "g", { urgent: true });
    for (const name of ["a", "b", "c"]) answer(name);
    expect([...sent.keys()].slice(4)).toEqual(["first command", "second command", "look"]);
  });

  it("end at their deadline and keep their place until the answer comes", () => {
    const { timers, queue, sent, ended, call, answer } = setUp();
    call("look", "web1");
    timers.advance(1000);
    expect(ended.get("look")).toBe("LIBVIRT_TIMEOUT");
    expect(queue.isHung("web1")).toBe(true);
    expect(queue.outstanding).toBe(1);
    answer("look");
    expect(ended.get("look")).toBe("LIBVIRT_TIMEOUT");
    expect(queue.isHung("web1")).toBe(false);
    call("again", "web1");
    expect(sent.has("again")).toBe(true);
  });

  it("are refused at once for a domain whose last answer is overdue, also those that wait", () => {
    const { timers, ended, call } = setUp();
    call("look", "web1");
    call("waiting", "web1", { deadlineMs: 5000 });
    timers.advance(1000);
    call("later", "web1");
    expect([ended.get("waiting"), ended.get("later")]).toEqual(["LIBVIRT_HUNG", "LIBVIRT_HUNG"]);
  });

  it("say that others were before them where they were not sent in time", () => {
    const { timers, sent, ended, call } = setUp();
    for (const name of ["a", "b", "c", "d"]) call(name, name, { deadlineMs: 5000 });
    call("late", "e");
    timers.advance(1000);
    expect(ended.get("late")).toBe("LIBVIRT_BUSY");
    expect(sent.has("late")).toBe(false);
  });

  it("are refused where too many wait", () => {
    const { ended, call } = setUp();
    for (let i = 0; i < MOST_OUTSTANDING + MOST_WAITING; i++) call(`call ${i}`, `domain ${i}`);
    call("one more", "another");
    expect([...ended]).toEqual([["one more", "LIBVIRT_BUSY"]]);
  });

  it("all end with the connection, and only once", () => {
    const { timers, ended, call, queue } = setUp();
    for (const name of ["a", "b", "c", "d", "e"]) call(name, name);
    queue.endAll(new LibvirtClosedError("/run/libvirt/libvirt-sock"));
    expect([...ended.values()]).toEqual(Array(5).fill("LIBVIRT_INTERRUPTED"));
    expect(timers.delays).toEqual([]);
    expect(queue.outstanding).toBe(0);
  });

  it("take no notice of an answer to nothing", () => {
    const { queue, ended } = setUp();
    queue.finish(99, ANSWER);
    expect(ended.size).toBe(0);
  });
});
