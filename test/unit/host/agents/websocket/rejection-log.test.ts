/** What is told of those that were turned away. */
import { describe, expect, it } from "vitest";
import { Refusals } from "../../../../../host/src/agents/websocket/rejection-log.ts";

describe("refusals", () => {
  it("are logged once a minute for each address and reason, with their number", () => {
    const refusals = new Refusals();
    expect(refusals.line("its token is not known", "10.0.0.1", 0)).toBe(
      "10.0.0.1 was turned away: its token is not known",
    );
    expect(refusals.line("its token is not known", "10.0.0.1", 1_000)).toBeUndefined();
    expect(refusals.line("its token is not known", "10.0.0.2", 1_000)).toContain("10.0.0.2");
    expect(refusals.line("it shows no token", "10.0.0.1", 1_000)).toContain("it shows no token");
    expect(refusals.line("its token is not known", "10.0.0.1", 61_000)).toMatch(
      /\(and 1 times more before\)$/,
    );
  });

  it("of ten thousand addresses do not fill the log", () => {
    const refusals = new Refusals();
    const lines = Array.from({ length: 10_000 }, (_, host) => refusals.line("why", `10.0.0.${host}`, host));
    expect(lines.filter((line) => line !== undefined).length).toBeLessThanOrEqual(25);
  });
});
