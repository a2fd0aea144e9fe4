import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client, RETRY_MS, SILENCE_MS } from "../../../../host/page/client.ts";
import type { Feed } from "../../../../host/page/model/feed.ts";
import { EXPLANATION, STATUS } from "../../../fakes/fake-control-service.ts";

const PAGE = "http://127.0.0.1:7780/";

/** A browser's WebSocket, from the browser's side. */
class FakeSocket {
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { reason: string }) => void) | null = null;
  isClosed = false;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    opened.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}
let opened: FakeSocket[] = [];

const SNAPSHOT = { type: "snapshot", atMs: 1, status: STATUS, events: [] };

beforeEach(() => {
  opened = [];
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function follow(pageUrl = PAGE) {
  const feeds: Feed[] = [];
  void new Client(pageUrl).follow((feed) => feeds.push(feed));
  return { feeds, last: () => feeds.at(-1) };
}

describe("the page's stream", () => {
  it("is the broker's that serves the page", () => {
    follow();
    follow("https://ballast.example/");
    expect(opened.map(({ url }) => url)).toEqual([
      "ws://127.0.0.1:7780/v1/stream",
      "wss://ballast.example/v1/stream",
    ]);
  });

  it("is opened again when it ended, and what is known stays meanwhile", async () => {
    const { last } = follow();
    opened[0]?.tell(SNAPSHOT);
    expect(last()).toMatchObject({ status: STATUS });
    opened[0]?.onclose?.({ reason: "the broker stops" });
    await vi.advanceTimersByTimeAsync(RETRY_MS - 1);
    expect(last()).toMatchObject({ status: STATUS, awayReason: "the broker stops" });
    expect(opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    opened[1]?.tell(SNAPSHOT);
    expect(last()).not.toHaveProperty("awaySinceMs");
  });

  it("is given up when it falls silent, before and after its first message", async () => {
    const { last } = follow();
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect([opened[0]?.isClosed, last()?.awaySinceMs]).toEqual([true, expect.any(Number)]);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    for (let i = 0; i < 3; i++) {
      opened[1]?.tell(i === 0 ? SNAPSHOT : { type: "delta", atMs: 2 });
      await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
    }
    expect([opened[1]?.isClosed, last()?.awaySinceMs]).toEqual([false, undefined]);
    await vi.advanceTimersByTimeAsync(1);
    expect([opened[1]?.isClosed, last()?.awaySinceMs]).toEqual([true, expect.any(Number)]);
    opened[1]?.tell(SNAPSHOT);
    expect(last()?.awaySinceMs).toEqual(expect.any(Number));
  });
});

describe("the page's questions", () => {
  it("are asked one at a time", async () => {
    const asked: string[] = [];
    const waiting: (() => void)[] = [];
    vi.stubGlobal("fetch", (path: string) => {
      asked.push(path);
      return new Promise((resolve) => waiting.push(() => resolve(Response.json(EXPLANATION))));
    });
    const client = new Client(PAGE);
    const [explained, history] = [client.explain("we/b"), client.history("web1", 1, 2)];
    await vi.waitFor(() => expect(asked).toEqual(["/v1/guests/we%2Fb/explain"]));
    waiting.shift()?.();
    expect(await explained).toEqual(EXPLANATION);
    await vi.waitFor(() => expect(asked.at(-1)).toBe("/v1/guests/web1/history?since=1&until=2"));
    waiting.shift()?.();
    await history;
  });

  it("go on after one that failed", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    const client = new Client(PAGE);
    await expect(client.explain("web1")).rejects.toThrow("refused");
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json(EXPLANATION)));
    expect(await client.explain("web1")).toEqual(EXPLANATION);
  });

  it("take an answer that is an error for none, with the broker's words if there are any", async () => {
    const refusing = (answer: Response) => vi.stubGlobal("fetch", () => Promise.resolve(answer));
    refusing(Response.json({ error: { message: "no history is kept" } }, { status: 503 }));
    await expect(new Client(PAGE).history("web1", 1, 2)).rejects.toThrow("no history is kept");
    refusing(new Response("<html>", { status: 502 }));
    await expect(new Client(PAGE).explain("web1")).rejects.toThrow("the broker answered 502");
  });
});
