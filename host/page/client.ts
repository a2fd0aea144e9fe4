/** Reads the broker's API: one request at a time, however many are wanted. */
import type { BrokerEvent } from "../src/model/events.ts";
import type { Explanation, Status } from "../src/model/status.ts";
import { afterOf, type Feed, heard, isOfAnother, NOTHING_HEARD, unheard } from "./model/feed.ts";

const POLL_MS = 2000;
/** A broker that has not answered by then is away; its own answers take milliseconds. */
const ANSWER_MS = 5000;
const MOST_EVENTS = 1000;

export class Client {
  #last: Promise<unknown> = Promise.resolve();

  /** Asks again and again, and tells what is known after each answer and each failure. */
  async follow(onFeed: (feed: Feed) => void): Promise<never> {
    let feed = NOTHING_HEARD;
    for (;;) {
      feed = await this.#next(feed).catch(() => unheard(feed, Date.now()));
      onFeed(feed);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  explain(name: string): Promise<Explanation> {
    return this.#get(`/v1/guests/${encodeURIComponent(name)}/explain`);
  }

  async #next(feed: Feed): Promise<Feed> {
    const status = await this.#get<Status>("/v1/status");
    const events = await this.#events(afterOf(feed));
    if (!isOfAnother(feed, events)) return heard(feed, status, events, Date.now());
    return heard({ ...feed, events: [] }, status, await this.#events(0), Date.now());
  }

  async #events(after: number): Promise<readonly BrokerEvent[]> {
    const path = `/v1/events?after=${after}&limit=${MOST_EVENTS}`;
    return (await this.#get<{ events: readonly BrokerEvent[] }>(path)).events;
  }

  /** @throws when there is no answer, or none of the kind that was asked for */
  #get<T>(path: string): Promise<T> {
    const answer = this.#last.then(async () => {
      const response = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return (await response.json()) as T;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}
