import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { EXPLANATION, GUEST_INFO } from "../../../../host/src/api/explanation.ts";
import { DONE } from "../../../../host/src/api/operations.ts";
import { EVENTS, FEED_LINE } from "../../../../host/src/api/past.ts";
import { KSM_REPORT, STATUS } from "../../../../host/src/api/status.ts";
import type { KsmGuestStatus, KsmStatus } from "../../../../host/src/model/ksm-status.ts";
import type { GuestStatus } from "../../../../host/src/model/status.ts";
import {
  STATUS as A_STATUS,
  EXPLANATION as AN_EXPLANATION,
  DB,
  KSM,
  WEB,
} from "../../../fakes/fake-control-service.ts";

const PART: KsmGuestStatus = {
  merging: true,
  reason: "merged",
  trust: "a",
  sharedBytes: 1,
  profitBytes: -1,
};
/** Every field that there can be. */
const GUEST: GuestStatus = {
  ...DB,
  ...WEB,
  detail: "d",
  manual: { targetBytes: 1, leftMs: 1 },
  monitor: { mode: "lease", worstWaitMs: 1 },
  ksm: PART,
};
const FULL_KSM: KsmStatus = {
  ...KSM,
  ...{ state: "idle", problem: "p", advisor: "none", profitBytes: -1, fullScanMs: 1, cpuPercent: 1 },
  ...{ cpuSecondsTotal: 1, savedBytesPerCpuSecond: 1, yieldBytesPerCpuSecond: -1 },
  unmerge: { state: "running", startBytes: 1, leftBytes: 1, text: "t" },
};
const EVENT = { id: 1, atMs: 1, level: "info", guest: "web1", kind: "move", text: "t" };
const EXPLAINED = {
  ...AN_EXPLANATION,
  guest: GUEST,
  verdict: { ...AN_EXPLANATION.verdict, inhibition: "paused", missesPerSecond: 1.5 },
};

const ANSWERS: readonly (readonly [string, z.ZodType, object])[] = [
  ["status", STATUS, { ...A_STATUS, ksm: FULL_KSM, guests: [GUEST, GUEST] }],
  ["explanation", EXPLANATION, EXPLAINED],
  ["info", GUEST_INFO, { guest: GUEST, facts: {}, nowMs: 1.5 }],
  ["KSM's report", KSM_REPORT, { ksm: FULL_KSM, guests: [{ name: "web1", ksm: PART }] }],
  ["events", EVENTS, { events: [EVENT] }],
  ["event of the stream", FEED_LINE, EVENT],
  ["loss of the stream", FEED_LINE, { dropped: 3 }],
  ["word of what was done", DONE, { ok: true, text: "t" }],
];

/** Paths of all values that are no objects. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((inner, i) => (String(i) === key ? replaced(inner, rest, by) : inner));
  const fields = value as Record<string, unknown>;
  return { ...fields, [key]: replaced(fields[key], rest, by) };
}

describe("an answer of the control API", () => {
  it.each(ANSWERS)("is taken as it is, with what a newer broker adds: %s", (_, shape, answer) => {
    expect(shape.parse(answer)).toEqual(answer);
    if (!("dropped" in answer))
      expect(shape.parse({ ...answer, novelty: [1] })).toEqual({ ...answer, novelty: [1] });
  });

  it.each(ANSWERS)("is refused with one value of another kind, whichever it is: %s", (_, shape, answer) => {
    const leaves = leavesOf(answer);
    const taken = leaves.filter((path) =>
      [null, [], { deep: 1 }].some((wrong) => shape.safeParse(replaced(answer, path, wrong)).success),
    );
    expect(taken).toEqual([]);
    expect(leaves.length).toBeGreaterThan(0);
  });

  it("may have words that are not known here yet", () => {
    const newer = { ...A_STATUS, guests: [{ ...GUEST, reason: "hold-for-snapshot", state: "resting" }] };
    expect(STATUS.parse(newer)).toEqual(newer);
  });
});
