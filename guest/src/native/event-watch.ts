/** Wakes the agent when the host speaks or memory stalls, so that it may sleep long and still answer at once. */
import { closeSync, readSync, writeSync } from "node:fs";
import type { Events, Watch } from "../platform/platform.ts";
import type { Libc } from "./libc.ts";

/** struct pollfd of poll(2): int fd; short events; short revents. Every target is little-endian. */
const POLLFD_BYTES = 8;
const EVENTS_AT = 4;
const REVENTS_AT = 6;
const POLLIN = 1;
const POLLPRI = 2;
const POLLERR = 8;
const POLLNVAL = 32;
/** EFD_CLOEXEC | EFD_NONBLOCK of eventfd(2). */
const EVENTFD_FLAGS = 0x80800;
const FOR_EVER = -1;
/** poll(2) passes over a negative descriptor. */
const NONE = -1;
const [KICK, STALL, CHANNEL] = [0, 1, 2];
const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** Waits for events on one thread of Node's pool. */
export class EventWatch implements Watch {
  readonly #libc: Libc;
  readonly #events: Events;
  readonly #fds = Buffer.alloc(3 * POLLFD_BYTES);
  /** The same descriptors for the main thread: each of two that wait has its own results. */
  readonly #dozing = Buffer.alloc(3 * POLLFD_BYTES);
  readonly #doze: (timeoutMs: number) => number;
  readonly #kicks = Buffer.alloc(ONE.length);
  readonly #kickFd: number;
  #stallFd: number | undefined;
  #channelFd: number | undefined;
  #waiting = false;
  #closed = false;

  /** `stallFd` is a PSI trigger, closed with the watch; one of `events` is called once for each `watch` at most. */
  constructor(libc: Libc, stallFd: number | undefined, events: Events) {
    this.#libc = libc;
    this.#stallFd = stallFd;
    this.#events = events;
    this.#kickFd = libc.eventfd(0, EVENTFD_FLAGS);
    this.#doze = libc.pollHere(this.#dozing, 3);
  }

  /** Watches from now on, and the channel at `channelFd` too. To be called after whatever had come was read. */
  watch(channelFd: number | undefined): void {
    if (this.#closed || this.#kickFd < 0) return;
    const isNew = channelFd !== this.#channelFd;
    this.#channelFd = channelFd;
    if (!this.#waiting) this.#wait();
    else if (isNew) this.#kick();
  }

  /**
   * Waits on this thread, without Node's loop, which takes several times the processor to wake up. False as soon as something happened, or
   * when nothing is watched: then the loop must have its turn. A stall is told to one of two that wait, so what the other found counts too.
   */
  doze(ms: number): boolean {
    if (!this.#waiting) return false;
    return this.#doze(ms) === 0 && !this.#hasEvent();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#waiting) this.#kick();
    else this.#release();
  }

  #wait(): void {
    this.#waiting = true;
    this.#set(KICK, this.#kickFd, POLLIN);
    this.#set(STALL, this.#stallFd ?? NONE, POLLPRI);
    this.#set(CHANNEL, this.#channelFd ?? NONE, POLLIN);
    this.#fds.copy(this.#dozing);
    this.#libc.poll(this.#fds, 3, FOR_EVER, (error, ready) => this.#woken(error === null && ready > 0));
  }

  #woken(isEvent: boolean): void {
    this.#waiting = false;
    if (this.#closed || !isEvent) {
      this.#closed = true;
      this.#release();
      return;
    }
    const stall = this.#happened(STALL);
    if ((stall & (POLLERR | POLLNVAL)) !== 0) this.#dropStall();
    if (this.#happened(KICK) !== 0) readSync(this.#kickFd, this.#kicks);
    if (stall !== 0) this.#events.stall();
    else if (this.#happened(CHANNEL) !== 0) this.#events.channel();
    else this.#wait();
  }

  #set(slot: number, fd: number, events: number): void {
    this.#fds.writeInt32LE(fd, slot * POLLFD_BYTES);
    this.#fds.writeInt16LE(events, slot * POLLFD_BYTES + EVENTS_AT);
    this.#fds.writeInt16LE(0, slot * POLLFD_BYTES + REVENTS_AT);
  }

  #hasEvent(): boolean {
    return (this.#happened(KICK) | this.#happened(STALL) | this.#happened(CHANNEL)) !== 0;
  }

  #happened(slot: number): number {
    return this.#fds.readInt16LE(slot * POLLFD_BYTES + REVENTS_AT);
  }

  #kick(): void {
    writeSync(this.#kickFd, ONE);
  }

  #dropStall(): void {
    if (this.#stallFd !== undefined) closeSync(this.#stallFd);
    this.#stallFd = undefined;
  }

  #release(): void {
    this.#dropStall();
    closeSync(this.#kickFd);
  }
}
