/** Owns a simulated guest's memory as time passes: a balloon that takes cold cache first, a burst, and a kernel that kills when nothing is left. */
import { FakeGuestMemory } from "../../fakes/fake-guest-memory.ts";
import type { Burst } from "../stage.ts";

const MIB = 1024 * 1024;
/** Kernel and programs of an idle guest. */
const BASE_BYTES = 96 * MIB;
/** What MemAvailable does not promise: the kernel's watermarks. */
const WATERMARK_BYTES = 8 * MIB;
/** Exit status of a program that was killed. */
const KILLED = 137;

interface Program {
  readonly burst: Burst;
  bytes: number;
  heldMs: number;
  status: number | undefined;
}

/** One guest; `pass` moves its time on. */
export class SimulatedMemory {
  /** What the agent reads. */
  readonly seen: FakeGuestMemory;
  #program: Program | undefined;

  constructor(fullBytes: number, cacheBytes: number) {
    this.seen = new FakeGuestMemory({ fullBytes, balloonBytes: 0, anonymousBytes: BASE_BYTES });
    this.seen.fileBytes = cacheBytes;
    this.seen.uncountedFileBytes = WATERMARK_BYTES;
  }

  /** What a host would hold for it: with free page reporting only what is used, cache included. */
  get heldBytes(): number {
    return this.seen.anonymousBytes + this.seen.fileBytes;
  }

  /** Exit status of the program started last; absent while it runs. */
  get programStatus(): number | undefined {
    return this.#program?.status;
  }

  /** Starts a program that takes memory in a hurry. */
  start(burst: Burst): void {
    this.#program = { burst, bytes: 0, heldMs: 0, status: undefined };
  }

  /** `elapsedMs` pass with the balloon leaving `actualBytes`. */
  pass(elapsedMs: number, actualBytes: number): void {
    this.seen.balloonBytes = this.seen.fullBytes - actualBytes;
    const program = this.#program;
    if (program !== undefined && program.status === undefined) this.#run(program, elapsedMs);
    const leftForCache = Math.max(0, actualBytes - this.seen.anonymousBytes);
    this.seen.fileBytes = Math.min(this.seen.fileBytes, leftForCache);
    // A real kernel would still try for a while: here it kills at once, which is no easier for the broker.
    if (this.seen.anonymousBytes > actualBytes) this.#kill();
  }

  #run(program: Program, elapsedMs: number): void {
    const { mebibytes, mebibytesPerSecond, holdSeconds } = program.burst;
    const wholeBytes = mebibytes * MIB;
    if (program.bytes >= wholeBytes) program.heldMs += elapsedMs;
    program.bytes = Math.min(wholeBytes, program.bytes + (mebibytesPerSecond * MIB * elapsedMs) / 1000);
    if (program.heldMs >= holdSeconds * 1000) this.#end(program, 0);
    else this.seen.anonymousBytes = BASE_BYTES + Math.round(program.bytes);
  }

  #kill(): void {
    this.seen.oomKills += 1;
    if (this.#program !== undefined) this.#end(this.#program, KILLED);
  }

  #end(program: Program, status: number): void {
    program.status = status;
    this.seen.anonymousBytes = BASE_BYTES;
  }
}
