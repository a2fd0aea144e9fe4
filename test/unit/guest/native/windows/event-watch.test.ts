/** What wakes the agent on Windows. */
import { beforeEach, describe, expect, it } from "vitest";
import { type WaitCalls, WindowsWatch } from "../../../../../guest/src/native/windows/event-watch.ts";

const [KICK, LOW, READ] = [1, 2, 3];

/** Windows' waits, one at a time: signals last until they are taken back. */
class FakeWaits implements WaitCalls {
  readonly signalled = new Set<number>();
  #wait: { handles: number[]; done: (error: unknown, place: number) => void } | undefined;
  waits = 0;

  createEvent(): number {
    return KICK;
  }

  setEvent(event: number): void {
    this.signal(event);
    this.signalled.delete(event);
  }

  waitForAny(buffer: Buffer, count: number, done: (error: unknown, place: number) => void): void {
    this.waits++;
    const handles = Array.from({ length: count }, (_, place) => Number(buffer.readBigInt64LE(place * 8)));
    this.#wait = { handles, done };
    this.#settle();
  }

  signal(handle: number): void {
    this.signalled.add(handle);
    this.#settle();
  }

  get isWaiting(): boolean {
    return this.#wait !== undefined;
  }

  #settle(): void {
    const wait = this.#wait;
    const place = wait?.handles.findIndex((handle) => this.signalled.has(handle)) ?? -1;
    if (!wait || place < 0) return;
    this.#wait = undefined;
    // An event that resets itself.
    if (wait.handles[place] === KICK) this.signalled.delete(KICK);
    wait.done(null, place);
  }
}

let waits: FakeWaits;
let woken: number;
let heard: number;
let watch: WindowsWatch;

beforeEach(() => {
  waits = new FakeWaits();
  woken = 0;
  heard = 0;
  const notices = { lowHandle: LOW, isLow: () => waits.signalled.has(LOW) };
  watch = new WindowsWatch(waits, notices, (descriptor) => (descriptor === 44 ? READ : undefined), {
    stall: () => woken++,
    channel: () => heard++,
  });
});

describe("the watch", () => {
  it("wakes the agent the moment that memory is low", () => {
    watch.watch(undefined);
    expect(woken).toBe(0);
    waits.signal(LOW);
    expect(woken).toBe(1);
  });

  it("does not wake it again and again while memory stays low, but does the next time", () => {
    watch.watch(undefined);
    waits.signal(LOW);
    for (let round = 0; round < 5; round++) watch.watch(undefined);
    expect(woken).toBe(1);
    waits.signalled.delete(LOW);
    watch.watch(undefined);
    waits.signal(LOW);
    expect(woken).toBe(2);
  });

  it("wakes it when the host speaks, also on a port that came while it waited", () => {
    watch.watch(undefined);
    watch.watch(44);
    waits.signal(READ);
    expect(heard).toBe(1);
  });

  it("waits once, however many ticks go by", () => {
    for (let round = 0; round < 5; round++) watch.watch(44);
    expect(waits.waits).toBe(1);
  });

  it("tells once for each tick, whatever else happens", () => {
    watch.watch(44);
    waits.signal(READ);
    waits.signal(LOW);
    expect(woken + heard).toBe(1);
  });

  it("lets the process end when it is closed", () => {
    watch.watch(44);
    watch.close();
    expect(waits.isWaiting).toBe(false);
    watch.watch(44);
    expect(waits.isWaiting).toBe(false);
    expect(woken + heard).toBe(0);
  });
});
