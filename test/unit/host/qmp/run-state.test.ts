import { describe, expect, it } from "vitest";
import { mayMove, type RunState } from "../../../../host/src/qmp/run-state.ts";

const STATES: readonly RunState[] = ["idle", "connecting", "negotiating", "running", "draining", "closed"];

describe("run state", () => {
  it("allows exactly these moves", () => {
    const allowed = STATES.flatMap((from) =>
      STATES.filter((to) => mayMove(from, to)).map((to) => `${from} > ${to}`),
    );
    expect(allowed).toEqual([
      "idle > connecting",
      "idle > closed",
      "connecting > negotiating",
      "connecting > closed",
      "negotiating > running",
      "negotiating > draining",
      "negotiating > closed",
      "running > draining",
      "running > closed",
      "draining > closed",
    ]);
  });
});
