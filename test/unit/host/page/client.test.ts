import { afterEach, describe, expect, it, vi } from "vitest";
import { Client } from "../../../../host/page/client.ts";
import type { Feed } from "../../../../host/page/model/feed.ts";
import { EXPLANATION, STATUS } from "../../../fakes/fake-control-service.ts";

/** A broker whose answers wait until they are let go. */
function aSlowBroker() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const answerTo = (path: string) => {
    if (path.includes("explain")) return EXPLANATION;
    return path.includes("events") ? { events: [] } : STATUS;
  };
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return new Promise((resolve) => waiting.push(() => resolve(Response.json(answerTo(path)))));
  });
  return { asked, answer: () => waiting.shift()?.() };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the page's questions", () => {
  it("are asked one at a time", async () => {
    const { asked, answer } = aSlowBroker();
    const client = new Client();
    const feeds: Feed[] = [];
    void client.follow((feed) => feeds.push(feed));
    const explained = client.explain("we/b");
    await vi.waitFor(() => expect(asked).toEqual(["/v1/status"]));
    answer();
    await vi.waitFor(() => expect(asked).toEqual(["/v1/status", "/v1/guests/we%2Fb/explain"]));
    answer();
    expect(await explained).toEqual(EXPLANATION);
    await vi.waitFor(() => expect(asked.at(-1)).toBe("/v1/events?after=0&limit=1000"));
    expect(feeds).toEqual([]);
    answer();
    await vi.waitFor(() => expect(feeds).toMatchObject([{ status: STATUS }]));
  });

  it("go on after one that failed", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    const client = new Client();
    await expect(client.explain("web1")).rejects.toThrow("refused");
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json(EXPLANATION)));
    expect(await client.explain("web1")).toEqual(EXPLANATION);
  });

  it("take an answer that is an error for none", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ error: {} }, { status: 503 })));
    await expect(new Client().explain("web1")).rejects.toThrow("503");
  });
});
