import { describe, expect, it } from "vitest";
import { afterOf, heard, isOfAnother, NOTHING_HEARD, unheard } from "../../../../../host/page/model/feed.ts";
import type { BrokerEvent } from "../../../../../host/src/model/events.ts";
import { STATUS } from "../../../../fakes/fake-control-service.ts";

function event(id: number, startedAtMs = 0): BrokerEvent {
  return { id, atMs: startedAtMs + id, level: "info", kind: "move", text: `event ${id}` };
}

const events = (first: number, last: number, startedAtMs = 0) =>
  Array.from({ length: last - first + 1 }, (_, i) => event(first + i, startedAtMs));

describe("what the page knows", () => {
  it("is the newest 50 events, newest first, each once", () => {
    const once = heard(NOTHING_HEARD, STATUS, events(1, 40), 1000);
    const twice = heard(once, STATUS, events(40, 60), 3000);
    expect(twice.events.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, i) => 60 - i));
  });

  it("is a broker that is away since its last answer, until it answers", () => {
    const known = heard(NOTHING_HEARD, STATUS, [], 1000);
    const away = unheard(unheard(known, 3000), 5000);
    expect(away).toMatchObject({ awaySinceMs: 1000, status: STATUS });
    expect(heard(away, STATUS, [], 7000).awaySinceMs).toBeUndefined();
  });

  it("is a broker that is away since the page first asked, if it never answered", () => {
    expect(unheard(unheard(NOTHING_HEARD, 500), 2500).awaySinceMs).toBe(500);
  });
});

describe("a broker that was started anew", () => {
  const known = heard(NOTHING_HEARD, STATUS, events(1, 10), 1000);

  it("is told by the newest known event: it does not come again, or is another", () => {
    expect(afterOf(known)).toBe(9);
    expect(isOfAnother(known, [])).toBe(true);
    expect(isOfAnother(known, events(10, 12, 77_000))).toBe(true);
  });

  it("is not told of the one that goes on", () => {
    expect(isOfAnother(known, events(10, 12))).toBe(false);
    // More happened than one answer holds.
    expect(isOfAnother(known, events(500, 1500))).toBe(false);
    expect(isOfAnother(NOTHING_HEARD, [])).toBe(false);
  });
});
