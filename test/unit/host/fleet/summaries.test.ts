import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOf } from "../../../../host/src/fleet/bucket.ts";
import { readSummary } from "../../../../host/src/fleet/read-summary.ts";
import { owedBytes, summarize } from "../../../../host/src/fleet/summarize.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../../../host/src/model/status.ts";
import { STATUS, WEB } from "../../../fakes/fake-control-service.ts";

const moment = { host: "node1", atMs: 5_000, shortSinceMs: 2_000 };
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("a host's summary", () => {
  it("says what is lendable beyond plenty, and what guests lack of their floors", () => {
    const idle: GuestStatus = { ...WEB, name: "idle", actualBytes: 1500 * MIB, wantBytes: 900 * MIB };
    const low: GuestStatus = { ...WEB, name: "low", actualBytes: 600 * MIB, floorBytes: 700 * MIB };
    const summary = summarize({ ...STATUS, guests: [idle, low] }, moment);
    expect(summary).toMatchObject({
      ...{ host: "node1", regime: "tight", lendableBytes: 600 * MIB, owedBytes: 100 * MIB },
      ...{ shortForMs: 3_000, guestCount: 2 },
    });
  });

  it("counts nothing as owed that a guest may not have, or of which nothing is known", () => {
    const capped: GuestStatus = {
      ...WEB,
      actualBytes: 500 * MIB,
      floorBytes: 900 * MIB,
      maxBytes: 600 * MIB,
    };
    const { floorBytes: _, ...unknown } = WEB;
    expect(owedBytes({ ...STATUS, guests: [capped, unknown] })).toBe(100 * MIB);
  });

  it("names which guests a device keeps where they are, the largest first, and no more than a hundred", () => {
    const pinned: GuestStatus = {
      ...WEB,
      name: "gpu",
      reason: "inhibited",
      detail: "vfio, paused",
      floorBytes: 9,
    };
    const many = Array.from(
      { length: 150 },
      (_, i): GuestStatus => ({ ...WEB, name: `g${i}`, floorBytes: 10 + i }),
    );
    expect(summarize({ ...STATUS, guests: [pinned] }, moment).guests).toMatchObject([{ isPinned: true }]);
    const { guests, guestCount } = summarize({ ...STATUS, guests: many }, moment);
    expect([guests.length, guests[0]?.name, guestCount]).toEqual([100, "g149", 150]);
  });

  it("is read as it was written", () => {
    const summary = summarize(STATUS, moment);
    expect(readSummary(bytesOf(summary))).toEqual(summary);
  });

  it.each([
    ["no JSON", new Uint8Array([0xff, 0xfe])],
    ["another thing", bytesOf({ host: "x" })],
    ["a name that would forge the terminal", bytesOf({ ...summarize(STATUS, moment), host: "a\u001b[2J" })],
    ["a size that is none", bytesOf({ ...summarize(STATUS, moment), owedBytes: -1 })],
    ["more than a host ever writes", new Uint8Array(64 * 1024 + 1)],
  ])("is none: %s", (_, untrusted) => {
    expect(readSummary(untrusted)).toBeUndefined();
  });

  it("reading it never throws, whatever stands there", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (untrusted) => {
          readSummary(untrusted);
        },
      ),
    );
  });
});

describe("a host's key in the bucket", () => {
  it("is made of what NATS takes, and is another for each name", () => {
    fc.assert(
      fc.property(fc.domain(), fc.domain(), (a, b) => {
        expect(keyOf(a)).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(keyOf(a) === keyOf(b)).toBe(a === b);
      }),
    );
  });
});
