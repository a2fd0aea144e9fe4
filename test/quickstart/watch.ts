/** Owns the looking: at broker and guests again and again, kept as a record and shown, until something has happened. */
import { setTimeout as sleep } from "node:timers/promises";
import { ControlClient } from "../../host/src/cli/client/control-client.ts";
import type { Chapter, Observation } from "./observation.ts";
import { BURSTING_GUEST } from "./plot.ts";
import type { Screen } from "./screen.ts";
import type { Stage } from "./stage.ts";

/** Whether what was waited for has come. */
export type Condition = (now: Observation) => boolean | Promise<boolean>;

/** One watcher over a stage; time is counted from its making. */
export class Watch {
  readonly #stage: Stage;
  readonly #screen: Screen;
  readonly #everyMs: number;
  readonly #signal: AbortSignal;
  readonly #client: ControlClient;
  readonly #startMs = performance.now();
  readonly #record: Observation[] = [];

  constructor(stage: Stage, screen: Screen, everyMs: number, signal: AbortSignal) {
    this.#stage = stage;
    this.#screen = screen;
    this.#everyMs = everyMs;
    this.#signal = signal;
    this.#client = new ControlClient(stage.broker.socketPath);
  }

  /** All that was seen, oldest first; as long as the story's time limits allow. */
  get record(): readonly Observation[] {
    return this.#record;
  }

  /** Observes until `isOver`, or until the limit; tells which. Rejects when the signal aborts or the broker does not answer. */
  async until(chapter: Chapter, headline: string, isOver: Condition, limitMs: number): Promise<boolean> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const now = await this.#observe(chapter);
      this.#record.push(now);
      const events = await this.#stage.broker.events();
      this.#screen.show({ ...now, kind: this.#stage.kind, headline, events });
      if (await isOver(now)) return true;
      if (performance.now() >= endMs) return false;
      await sleep(this.#everyMs, undefined, { signal: this.#signal });
    }
  }

  async #observe(chapter: Chapter): Promise<Observation> {
    const status = await this.#stage.broker.status();
    const roundTripMs = await this.#roundTripMs();
    const held = this.#stage.guests.flatMap((guest) => {
      const bytes = guest.heldBytes();
      return bytes === undefined ? [] : [[guest.name, bytes] as const];
    });
    return {
      atMs: Math.round(performance.now() - this.#startMs),
      chapter,
      status,
      heldBytes: Object.fromEntries(held),
      ...(roundTripMs !== undefined && { roundTripMs }),
    };
  }

  async #roundTripMs(): Promise<number | undefined> {
    const { facts } = await this.#client.info(BURSTING_GUEST);
    return (facts as { report?: { roundTripMs?: number } }).report?.roundTripMs;
  }
}
