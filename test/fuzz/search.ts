/** The search: changes inputs that reached something new, keeps those that reach more, and stops at the first that breaks a promise. */
import { MOST_INPUT_MS, timed } from "./bounds.ts";
import type { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";
import type { Random } from "./random.ts";
import { BrokenPromiseError, type FuzzTarget } from "./target.ts";

/** V8's counts are read once for so many inputs: reading them costs more than most inputs do. */
const BATCH = 256;

/** An input that broke a promise, and how. */
export interface Fault {
  readonly input: Uint8Array;
  readonly error: unknown;
}

/** What the search has to say while it runs. */
export interface SearchEvents {
  /** Called before each input, so that one that never ends is known. */
  trying(input: Uint8Array): void;
  /** An input that reached something new. */
  found(input: Uint8Array): void;
}

/** One target's search. `step` tries a batch. */
export class Search {
  readonly #target: FuzzTarget;
  readonly #coverage: Coverage;
  readonly #random: Random;
  readonly #events: SearchEvents;
  readonly #words: readonly Buffer[];
  readonly #pool: Uint8Array[] = [];
  #tried = 0;

  constructor(target: FuzzTarget, coverage: Coverage, random: Random, events: SearchEvents) {
    this.#target = target;
    this.#coverage = coverage;
    this.#random = random;
    this.#events = events;
    this.#words = target.words.map((word) => Buffer.from(word));
  }

  /** Inputs tried so far. */
  get tried(): number {
    return this.#tried;
  }

  get poolSize(): number {
    return this.#pool.length;
  }

  /** Tries inputs as they are and begins with those that reach something new. */
  async begin(inputs: readonly Uint8Array[]): Promise<Fault | undefined> {
    this.#coverage.takeNew(true);
    for (const input of inputs) {
      const fault = await this.#try(input);
      if (fault !== undefined) return fault;
      if (this.#coverage.takeNew(true) || this.#pool.length === 0) this.#pool.push(input);
    }
    return undefined;
  }

  /** Tries a batch of changed inputs. */
  async step(): Promise<Fault | undefined> {
    const inputs = Array.from({ length: BATCH }, () =>
      mutate(this.#random.pick(this.#pool), this.#random.pick(this.#pool), this.#words, this.#random),
    );
    for (const input of inputs) {
      const fault = await this.#try(input);
      if (fault !== undefined) return fault;
    }
    if (this.#coverage.takeNew(false)) await this.#sort(inputs);
    return undefined;
  }

  /** The batch reached something new: each of its inputs once more, to see which did. */
  async #sort(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) {
      this.#events.trying(input);
      await this.#target.run(input);
      if (!this.#coverage.takeNew(true)) continue;
      this.#pool.push(input);
      this.#events.found(input);
    }
  }

  async #try(input: Uint8Array): Promise<Fault | undefined> {
    this.#events.trying(input);
    this.#tried += 1;
    try {
      const tookMs = await timed(() => this.#target.run(input));
      if (tookMs <= MOST_INPUT_MS) return undefined;
      return { input, error: new BrokenPromiseError(`takes ${tookMs.toFixed(0)} ms`) };
    } catch (error) {
      return { input, error };
    }
  }
}
