/** Hears the broker's stream, and reads its API: one request at a time, however many are wanted. */
import type { GuestHistory } from "../src/model/history.ts";
import type { Explanation } from "../src/model/status.ts";
import { STREAM_STEP_MS, type StreamMessage } from "../src/model/stream.ts";
import { type Feed, heard, NOTHING_HEARD, unheard } from "./model/feed.ts";

/** Between the end of a stream and the next try. */
export const RETRY_MS = 2000;
/** A broker that tells nothing for so long is away, though the connection may still stand. */
export const SILENCE_MS = 5 * STREAM_STEP_MS;
/** A broker that has not answered by then is away; its own answers take milliseconds. */
const ANSWER_MS = 5000;

export class Client {
  readonly #streamUrl: string;
  #last: Promise<unknown> = Promise.resolve();

  /** `pageUrl`: where the page is from. */
  constructor(pageUrl: string) {
    this.#streamUrl = new URL("/v1/stream", pageUrl).href.replace(/^http/, "ws");
  }

  /** Listens again and again, and tells what is known after each message and each failure. */
  async follow(onFeed: (feed: Feed) => void): Promise<never> {
    let feed = NOTHING_HEARD;
    const tell = (next: Feed) => {
      feed = next;
      onFeed(feed);
    };
    for (;;) {
      const reason = await this.#listen((message) => tell(heard(feed, message, Date.now())));
      tell(unheard(feed, Date.now(), reason));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  explain(name: string): Promise<Explanation> {
    return this.#get(`/v1/guests/${encodeURIComponent(name)}/explain`);
  }

  history(name: string, sinceMs: number, untilMs: number): Promise<GuestHistory> {
    return this.#get(`/v1/guests/${encodeURIComponent(name)}/history?since=${sinceMs}&until=${untilMs}`);
  }

  /** Resolves when the stream ends or falls silent, with the broker's reason or none. */
  #listen(onMessage: (message: StreamMessage) => void): Promise<string> {
    return new Promise((resolve) => {
      const socket = new WebSocket(this.#streamUrl);
      const end = (reason: string) => {
        clearTimeout(silence);
        socket.onmessage = null;
        socket.close();
        resolve(reason);
      };
      const wait = () => setTimeout(() => end(""), SILENCE_MS);
      let silence = wait();
      socket.onmessage = ({ data }) => {
        clearTimeout(silence);
        silence = wait();
        onMessage(JSON.parse(String(data)) as StreamMessage);
      };
      socket.onclose = ({ reason }) => end(reason);
    });
  }

  /** @throws when there is no answer, or none of the kind that was asked for */
  #get<T>(path: string): Promise<T> {
    const answer = this.#last.then(async () => {
      const response = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
      if (!response.ok) throw new Error(await refusalIn(response));
      return (await response.json()) as T;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}

/** The broker's words, or the status where it gives none. */
async function refusalIn(response: Response): Promise<string> {
  const answer = (await response.json().catch(() => ({}))) as {
    readonly error?: { readonly message?: string };
  };
  return answer.error?.message ?? `the broker answered ${response.status}`;
}
