import { describe, expect, it } from "vitest";
import { DemandLog } from "../../../../host/src/broker/demand-log.ts";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const answer = { outcome: "granted", grantedBytes: MIB, targetBytes: MIB, reason: "demand" } as const;

/** Asks every `everyMs` for `forMs`; the lines that were written. */
function ask(guests: readonly string[], everyMs: number, forMs: number): string[] {
  const events = new EventLog({ nowMs: () => 0, wallMs: () => 0 }, log);
  const notes = new DemandLog(events);
  for (let nowMs = 0; nowMs < forMs; nowMs += everyMs) {
    for (const name of guests) {
      const demand = { receivedAtMs: nowMs, sequence: 1, level: "low", needBytes: MIB } as const;
      if (notes.admits(name, nowMs)) notes.tell(name, demand, answer);
    }
  }
  return events.since(0, 10_000).map(({ text }) => text);
}

describe("notes of demands", () => {
  it("are one each while demands are few", () => {
    expect(ask(["a"], 3000, 30_000)).toHaveLength(10);
  });

  it("are few when demands are many, and count what they leave out", () => {
    const lines = ask(["a"], 20, 20_000);
    expect(lines.length).toBeLessThan(20);
    expect(lines.at(-1)).toMatch(/\(and asked \d+ times more before\)$/);
  });

  it("of one guest do not cost another its own", () => {
    expect(ask(["a", "b"], 20, 20_000).length).toBeGreaterThan(20);
  });
});
