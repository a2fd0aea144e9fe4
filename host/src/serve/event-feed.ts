/** The broker's diary as endless NDJSON streams, one per follower. */
import type { BrokerEvent } from "../model/events.ts";
import type { BrokerControl } from "../model/status.ts";
import { FeedQueue } from "./feed-queue.ts";

/** Followers at one time; a person and a few scripts need far fewer. */
export const MOST_FEEDS = 16;
/** Events kept for a follower that does not read. */
export const FEED_QUEUE_LIMIT = 1000;

interface Feed {
  end(): void;
}

/** Opens feeds, counts them, ends them all when the server closes. */
export class EventFeeds {
  readonly #view: BrokerControl;
  readonly #feeds = new Set<Feed>();

  constructor(view: BrokerControl) {
    this.#view = view;
  }

  get isFull(): boolean {
    return this.#feeds.size >= MOST_FEEDS;
  }

  /** First up to `limit` past events above `afterId`, then each new one; a line is an event or `{"dropped":n}`. */
  open(afterId: number, limit: number): ReadableStream<Uint8Array> {
    const reader = new FeedReader();
    const stop = this.#view.onEvent((event) => reader.push(event));
    for (const event of this.#view.events(afterId, limit)) reader.push(event);
    let feed: Feed | undefined;
    const release = () => {
      stop();
      reader.stop();
      if (feed !== undefined) this.#feeds.delete(feed);
    };
    return new ReadableStream({
      start: (controller) => {
        feed = {
          end() {
            release();
            controller.close();
          },
        };
        this.#feeds.add(feed);
      },
      async pull(controller) {
        const line = await reader.next();
        if (line !== undefined) controller.enqueue(line);
      },
      cancel: release,
    });
  }

  endAll(): void {
    for (const feed of this.#feeds) feed.end();
  }
}

/** One follower's queue, awaited. */
class FeedReader {
  readonly #queue = new FeedQueue<BrokerEvent>(FEED_QUEUE_LIMIT);
  #isStopped = false;
  #wake = () => {};

  push(event: BrokerEvent): void {
    this.#queue.push(event);
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  /** The next line; absent after `stop`. */
  async next(): Promise<Uint8Array | undefined> {
    while (!this.#isStopped) {
      const next = this.#queue.take();
      if (next !== undefined) return toLine("item" in next ? next.item : next);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return undefined;
  }
}

function toLine(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}
