/** Wakes the agent when the host speaks or Windows says that memory is low, so that it may sleep long and still answer at once. */
import type { Events, Watch } from "../../platform/platform.ts";
import type { MemoryNotices } from "./memory-notices.ts";
import { writeHandle } from "./text-and-pointers.ts";

const HANDLE_BYTES = 8;
const KICK = 0;
/** Of a handle that is not waited for. */
const NO_PLACE = -1;

/** What the watch needs of Windows. */
export interface WaitCalls {
  /** An event that resets itself once it has ended a wait. */
  createEvent(): number;
  setEvent(event: number): void;
  /** Waits, on a thread of Node's pool and without end, until one of the handles is signalled; tells which, by its place. */
  waitForAny(handles: Buffer, count: number, done: (error: unknown, place: number) => void): void;
}

/**
 * While memory is low its notification stays signalled: once told, it is left out until memory has been well again.
 * `eventOf` gives the event that ends with the read that the port waits for.
 */
export class WindowsWatch implements Watch {
  readonly #calls: WaitCalls;
  readonly #notices: Pick<MemoryNotices, "lowHandle" | "isLow">;
  readonly #eventOf: (descriptor: number) => number | undefined;
  readonly #events: Events;
  readonly #kick: number;
  readonly #handles = Buffer.alloc(3 * HANDLE_BYTES);
  #count = 0;
  #lowPlace = NO_PLACE;
  #channel: number | undefined;
  #waiting = false;
  #toldLow = false;
  #closed = false;
  /** One for all waits: a wait begins each time that the host spoke. */
  readonly #woken = (error: unknown, place: number) => this.#waited(error, place);

  constructor(
    calls: WaitCalls,
    notices: Pick<MemoryNotices, "lowHandle" | "isLow">,
    eventOf: (descriptor: number) => number | undefined,
    events: Events,
  ) {
    this.#calls = calls;
    this.#notices = notices;
    this.#eventOf = eventOf;
    this.#events = events;
    this.#kick = calls.createEvent();
  }

  watch(channelDescriptor: number | undefined): void {
    if (this.#closed) return;
    const isWellAgain = this.#toldLow && this.#notices.isLow() === false;
    const isNew = channelDescriptor !== this.#channel;
    if (isWellAgain) this.#toldLow = false;
    this.#channel = channelDescriptor;
    if (!this.#waiting) this.#wait();
    else if (isNew || isWellAgain) this.#calls.setEvent(this.#kick);
  }

  close(): void {
    this.#closed = true;
    this.#calls.setEvent(this.#kick);
  }

  #wait(): void {
    this.#count = 0;
    this.#put(this.#kick);
    this.#lowPlace = this.#put(this.#toldLow ? undefined : this.#notices.lowHandle);
    this.#put(this.#channel === undefined ? undefined : this.#eventOf(this.#channel));
    this.#waiting = true;
    this.#calls.waitForAny(this.#handles, this.#count, this.#woken);
  }

  /** Adds a handle to those that are waited for, and tells its place. */
  #put(handle: number | undefined): number {
    if (handle === undefined) return NO_PLACE;
    writeHandle(this.#handles, this.#count * HANDLE_BYTES, handle);
    return this.#count++;
  }

  #waited(error: unknown, place: number): void {
    this.#waiting = false;
    // A handle that is none any more: the next watch has the new one.
    const isOver = this.#closed || error !== null || place >= this.#count;
    if (isOver) return;
    this.#toldLow ||= place === this.#lowPlace;
    if (place === KICK) this.#wait();
    else if (place === this.#lowPlace) this.#events.stall();
    else this.#events.channel();
  }
}
