import { describe, expect, it } from "vitest";
import { formatExplanation } from "../../../../host/src/cli/format/explain.ts";
import { plain } from "../../../../host/src/cli/format/paint.ts";
import { formatStatus } from "../../../../host/src/cli/format/status.ts";
import type { MonitorAccess } from "../../../../host/src/model/guest.ts";
import { DB, EXPLANATION, OLD, STATUS, WEB } from "../../../fakes/fake-control-service.ts";

const shared: MonitorAccess = { mode: "lease", worstWaitMs: 68 };

describe("a shared monitor", () => {
  it("is shown for all guests in the status, with the longest wait, as soon as one guest has it", () => {
    const guests = [{ ...WEB, monitor: shared }, { ...DB, monitor: { mode: "own" } } as const, OLD];
    const lines = formatStatus({ ...STATUS, guests }, plain);
    const from = lines.findIndex((line) => line.startsWith("NAME"));
    expect(lines.slice(from, from + 4).map((line) => line.trim().split(/ {2,}/).at(-2))).toEqual([
      "MONITOR",
      "lease 68 ms",
      "own",
      "-",
    ]);
  });

  it("takes no room in the status of guests that all have their own", () => {
    const guests = [{ ...WEB, monitor: { mode: "own" } } as const];
    expect(formatStatus({ ...STATUS, guests }, plain).join("\n")).not.toContain("MONITOR");
  });

  it("is explained with the longest wait, and before any was measured without", () => {
    const said = (monitor: MonitorAccess) =>
      formatExplanation({ ...EXPLANATION, guest: { ...WEB, monitor } }, plain)[1];
    expect(said(shared)).toContain(
      "Its monitor is shared with the platform's tools: a command waited up to 68 ms of late.",
    );
    expect(said({ mode: "lease" })).toMatch(/shared with the platform's tools\.$/);
    expect(said({ mode: "own" })).not.toContain("monitor");
  });
});
