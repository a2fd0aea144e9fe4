/** The channel over a virtio-serial port, read and written without ever blocking (kernel: drivers/char/virtio_console.c). */
import { backoffMs } from "./backoff.ts";
import { type CharDevice, errorCode } from "./char-device.ts";
import type { PortSearch } from "./find-port.ts";
import { ALWAYS, type ByteStream, type MayRead, type StreamState } from "./link.ts";
import { type Lane, Outbox } from "./outbox.ts";
import { openProblem } from "./port-problem.ts";

/** Small, so that a reader that rests after each read has not read much more than it may. A broker's frames have less than 200 bytes. */
const READ_BYTES = 4096;
/** A host that never stops writing cannot keep the agent from sampling. */
const MAX_READS_PER_POLL = 8;
const FIRST_RETRY_MS = 250;
export const LONGEST_RETRY_MS = 5000;

/** Opens, loses and finds again the port that `search` names. */
export class VirtioPort implements ByteStream {
  readonly #device: CharDevice;
  readonly #search: () => PortSearch;
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #outbox = new Outbox();
  #fd: number | undefined;
  #state: StreamState = "closed";
  #generation = 0;
  #problem: string | undefined;
  #failures = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #ended = false;
  /** The same function for all polls: most have nothing to write, and should leave no garbage. */
  readonly #write = (bytes: Uint8Array, offset: number) =>
    this.#fd === undefined ? 0 : this.#device.write(this.#fd, bytes, offset);

  constructor(device: CharDevice, search: () => PortSearch) {
    this.#device = device;
    this.#search = search;
  }

  get state(): StreamState {
    return this.#state;
  }

  get generation(): number {
    return this.#generation;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Only while a host is there: without one the kernel reports a hang-up again and again. */
  get descriptor(): number | undefined {
    return this.#state === "up" ? this.#fd : undefined;
  }

  poll(nowMs: number, onBytes: (untrustedBytes: Uint8Array) => void, mayRead: MayRead = ALWAYS): void {
    if (this.#fd === undefined && !this.#ended && nowMs >= this.#retryAtMs) this.#open(nowMs);
    try {
      this.#read(onBytes, mayRead);
      this.#flush();
    } catch (error) {
      this.#lost(error);
      this.#retryLater(nowMs);
    }
  }

  send(lane: Lane, frame: Uint8Array): void {
    if (this.#state !== "up") return;
    this.#outbox.put(lane, frame);
    try {
      this.#flush();
    } catch (error) {
      this.#lost(error);
    }
  }

  reset(nowMs: number): void {
    this.#problem = "the host floods the port: it is closed for a moment";
    this.#release();
    this.#retryLater(nowMs);
  }

  close(): void {
    this.#ended = true;
    this.#release();
  }

  #open(nowMs: number): void {
    const search = this.#search();
    if (!search.found) {
      this.#problem = search.problem;
      this.#retryLater(nowMs);
      return;
    }
    try {
      this.#fd = this.#device.open(search.path);
    } catch (error) {
      this.#problem = openProblem(search.path, error);
      this.#retryLater(nowMs);
      return;
    }
    this.#problem = undefined;
    this.#failures = 0;
    this.#generation++;
    this.#state = "absent";
  }

  #read(onBytes: (untrustedBytes: Uint8Array) => void, mayRead: MayRead): void {
    for (let reads = 0; reads < MAX_READS_PER_POLL && this.#fd !== undefined && mayRead(); reads++) {
      const result = this.#device.read(this.#fd, this.#buffer);
      if (result.kind === "bytes") {
        this.#state = "up";
        onBytes(this.#buffer.subarray(0, result.count));
        continue;
      }
      if (result.kind === "idle") this.#state = "up";
      else this.#hostLeft();
      return;
    }
  }

  #hostLeft(): void {
    if (this.#state === "up") this.#outbox.clear();
    this.#state = "absent";
  }

  #flush(): void {
    if (this.#fd !== undefined && this.#state === "up") this.#outbox.flush(this.#write);
  }

  /** The port was unplugged, or is gone for another reason. The next poll searches for it again. */
  #lost(error: unknown): void {
    this.#problem = `the channel was lost (${errorCode(error) ?? String(error)}): searching for it again`;
    this.#release();
  }

  #release(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    this.#state = "closed";
    this.#outbox.clear();
    if (fd === undefined) return;
    try {
      this.#device.close(fd);
    } catch {
      // The descriptor is gone either way.
    }
  }

  #retryLater(nowMs: number): void {
    this.#failures++;
    this.#retryAtMs = nowMs + backoffMs(this.#failures, FIRST_RETRY_MS, LONGEST_RETRY_MS);
  }
}
