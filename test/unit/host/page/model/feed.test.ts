import { describe, expect, it } from "vitest";
import { type Feed, heard, NOTHING_HEARD, unheard } from "../../../../../host/page/model/feed.ts";
import type { BrokerEvent } from "../../../../../host/src/model/events.ts";
import { deltaBetween } from "../../../../../host/src/model/status-delta.ts";
import type { StreamMessage } from "../../../../../host/src/model/stream.ts";
import { DB, STATUS, WEB } from "../../../../fakes/fake-control-service.ts";

function event(id: number): BrokerEvent {
  return { id, atMs: id, level: "info", kind: "move", text: `event ${id}` };
}

const events = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => event(first + i));

const snapshot = (past: readonly BrokerEvent[] = []): StreamMessage => ({
  ...{ type: "snapshot", atMs: 1, status: STATUS, events: past },
});

function after(messages: readonly StreamMessage[], feed: Feed = NOTHING_HEARD): Feed {
  return messages.reduce((known, message, i) => heard(known, message, 1000 * (i + 1)), feed);
}

describe("what the page knows", () => {
  it("is the snapshot with all that changed since", () => {
    const next = { ...STATUS, guests: [{ ...WEB, targetBytes: 5 }, DB] };
    const feed = after([snapshot(), { type: "delta", atMs: 2, ...deltaBetween(STATUS, next) }]);
    expect(feed).toMatchObject({ status: next, heardAtMs: 2000 });
    expect(feed.histories.get("web1")?.map(({ targetBytes }) => targetBytes)).toEqual([WEB.targetBytes, 5]);
  });

  it("is the newest 50 events, newest first", () => {
    const feed = after([
      snapshot(events(1, 40)),
      ...events(41, 60).map((one) => ({ type: "event", event: one }) as const),
    ]);
    expect(feed.events.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, i) => 60 - i));
  });

  it("begins anew with each snapshot: another broker counts its events anew", () => {
    const feed = after([snapshot(events(1, 40)), snapshot(events(1, 3))]);
    expect(feed.events.map(({ id }) => id)).toEqual([3, 2, 1]);
  });

  it("is nothing before a snapshot", () => {
    expect(heard(NOTHING_HEARD, { type: "delta", atMs: 1 }, 1)).toBe(NOTHING_HEARD);
  });
});

describe("a broker that is away", () => {
  it("is so since its last word, until it is heard again", () => {
    const away = unheard(unheard(after([snapshot()]), 3000), 5000);
    expect(away).toMatchObject({ awaySinceMs: 1000, status: STATUS });
    expect(heard(away, snapshot(), 7000)).not.toHaveProperty("awaySinceMs");
  });

  it("is so since the page first asked, if it was never heard", () => {
    expect(unheard(unheard(NOTHING_HEARD, 500), 2500).awaySinceMs).toBe(500);
  });

  it("may have said why, which holds until the next try", () => {
    const away = unheard(NOTHING_HEARD, 500, "too many followers");
    expect(away.awayReason).toBe("too many followers");
    expect(unheard(away, 600)).not.toHaveProperty("awayReason");
  });
});
