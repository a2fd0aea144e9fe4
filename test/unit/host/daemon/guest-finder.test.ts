import { describe, expect, it } from "vitest";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import { GuestFinder } from "../../../../host/src/daemon/guest-finder.ts";
import type { FoundGuests, GuestEntry, GuestInventory } from "../../../../host/src/model/inventory.ts";

const entry: GuestEntry = {
  name: "a",
  source: "qemu",
  qmpPath: "/run/a.qmp",
  min: { kind: "percent", percent: 25 },
  max: { kind: "auto" },
  shares: 1000,
};
const clock = { nowMs: () => 0, wallMs: () => 0 };

function scene(list: () => Promise<FoundGuests>) {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const events = new EventLog(clock, log);
  const texts: string[] = [];
  events.follow((event) => texts.push(event.text));
  const inventory: GuestInventory = { list, close: async () => {} };
  const written = { listed: [], overrides: {} };
  return { texts, finder: new GuestFinder({ events, written, inventories: [inventory] }) };
}

describe("looking for guests", () => {
  it("tells each problem once, and its end", async () => {
    let problems = ["100.conf:3: balloon: not a whole number"];
    const { texts, finder } = scene(async () => ({ entries: [entry], problems }));
    await finder.find();
    await finder.find();
    expect(texts).toEqual(problems);
    problems = [];
    await finder.find();
    expect(texts.at(-1)).toMatch(/^over: 100\.conf/);
  });

  it("tells a bounded number of problems", async () => {
    const problems = Array.from({ length: 500 }, (_, i) => `${i}.conf: broken`);
    const { texts, finder } = scene(async () => ({ entries: [], problems }));
    await finder.find();
    expect(texts).toHaveLength(21);
    expect(texts.at(-1)).toBe("and 480 more");
  });

  it("keeps the guests that an inventory knew when it fails, and says so", async () => {
    let fails = false;
    const { texts, finder } = scene(async () => {
      if (fails) throw new Error("a fault of ours");
      return { entries: [entry], problems: [] };
    });
    await finder.find();
    fails = true;
    expect(await finder.find()).toEqual([entry]);
    expect(texts).toEqual([expect.stringContaining("a fault of ours")]);
  });
});
