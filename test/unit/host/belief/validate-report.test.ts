import type { Report } from "@ballast/proto";
import { describe, expect, test } from "vitest";
import { judgeDemand, validateReport } from "../../../../host/src/belief/validate-report.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";

const context = { maxBytes: 512 * MIB, receivedAtMs: 1_000, bootId: "boot" };
const sound: Report = { type: "report", sampledAtMs: 5, totalBytes: 480 * MIB, availableBytes: 300 * MIB };

describe("a report is believed", () => {
  test("when it holds no more than total, available and the time", () => {
    expect(validateReport(sound, context)).toEqual({
      ok: true,
      report: {
        receivedAtMs: 1_000,
        bootId: "boot",
        sampledAtMs: 5,
        totalBytes: 480 * MIB,
        availableBytes: 300 * MIB,
        pressure: "none",
      },
    });
  });

  test.each([
    [
      "with a balloon that the total shrinks by",
      { totalBytes: 160 * MIB, availableBytes: 100 * MIB, balloonBytes: 312 * MIB },
    ],
    [
      "with a balloon that counts as use (deflate-on-oom)",
      { availableBytes: 150 * MIB, balloonBytes: 312 * MIB },
    ],
    ["with nothing available", { availableBytes: 0 }],
    ["with figures read while the balloon moved", { availableBytes: 212 * MIB, balloonBytes: 312 * MIB }],
    ["with its pressure", { pressure: "critical" as const }],
  ])("%s", (_, fields) => {
    const verdict = validateReport({ ...sound, ...fields }, context);
    expect(verdict).toMatchObject({ ok: true, report: fields });
  });

  test.each([
    [65_536, { pageSizeBytes: 65_536 }],
    [4096, { pageSizeBytes: 4096 }],
    [5000, {}],
    [2 ** 40, {}],
    [undefined, {}],
  ])("with counters in pages of %s bytes, where that is a page size", (pageSizeBytes, told) => {
    const verdict = validateReport(sound, { ...context, pageSizeBytes });
    expect(verdict.ok && { pageSizeBytes: verdict.report.pageSizeBytes }).toEqual({
      pageSizeBytes: undefined,
      ...told,
    });
  });

  test.each([
    ["all of it available", { totalBytes: 736 * MIB, availableBytes: 600 * MIB, balloonBytes: 0 }, 512, 376],
    [
      "while ballooned",
      { totalBytes: 536 * MIB, availableBytes: 400 * MIB, balloonBytes: 200 * MIB },
      312,
      176,
    ],
    ["not used as memory", { totalBytes: 480 * MIB, availableBytes: 300 * MIB, balloonBytes: 0 }, 480, 300],
  ])("with memory that the balloon does not count taken off: %s", (_, fields, totalMib, availableMib) => {
    const verdict = validateReport({ ...sound, ...fields }, { ...context, uncountedBytes: 256 * MIB });
    expect(verdict).toMatchObject({
      ok: true,
      report: { totalBytes: totalMib * MIB, availableBytes: availableMib * MIB },
    });
  });

  test("while the guest's size is unknown", () => {
    const large = { ...sound, totalBytes: 2 ** 45, balloonBytes: 2 ** 44 };
    expect(validateReport(large, { ...context, maxBytes: undefined }).ok).toBe(true);
  });
});

describe("a report is refused, and the reason named,", () => {
  test.each([
    ["without total", { totalBytes: undefined }, "it lacks totalBytes"],
    ["without available", { availableBytes: undefined }, "it lacks availableBytes"],
    ["without time", { sampledAtMs: undefined }, "it lacks sampledAtMs"],
    ["with a total of nothing", { totalBytes: 0, availableBytes: 0 }, "totalBytes is 0"],
    [
      "with more available than there is",
      { availableBytes: 481 * MIB },
      "available 481 MiB is more than the total of 480 MiB",
    ],
    [
      "with more available of ZFS's cache than there is",
      { arcAvailableBytes: 200 * MIB },
      "available 300 MiB and ZFS's 200 MiB are more than the total of 480 MiB",
    ],
    ["larger than the guest", { totalBytes: 600 * MIB }, "total 600 MiB is more than the guest's 512 MiB"],
    [
      "with a balloon larger than the guest",
      { balloonBytes: 600 * MIB },
      "a balloon of 600 MiB is more than the guest's 512 MiB",
    ],
    [
      "that contradicts its balloon",
      { availableBytes: 400 * MIB, balloonBytes: 312 * MIB },
      "available 400 MiB contradicts a balloon of 312 MiB in a guest of 512 MiB",
    ],
    ["with a negative number", { freeBytes: -1 }, "freeBytes is not a whole number from 0 to 2^53-1"],
    ["with a fraction", { oomKillsTotal: 0.5 }, "oomKillsTotal is not a whole number from 0 to 2^53-1"],
    [
      "with an unset statistic",
      { swapFreeBytes: 2 ** 64 },
      "swapFreeBytes is not a whole number from 0 to 2^53-1",
    ],
  ])("%s", (_, fields, problem) => {
    expect(validateReport({ ...sound, ...fields }, context)).toMatchObject({ ok: false, problem });
  });
});

describe("a demand", () => {
  const demandContext = { maxBytes: 512 * MIB, receivedAtMs: 1_000, sequence: 7 };

  test("is cut to the guest's full size", () => {
    const verdict = judgeDemand({ type: "demand", level: "low", needBytes: 2 ** 50 }, demandContext);
    const demand = { receivedAtMs: 1_000, sequence: 7, level: "low", needBytes: 512 * MIB };
    expect(verdict).toEqual({ ok: true, demand });
  });

  test("without level is taken as urgent", () => {
    expect(judgeDemand({ type: "demand", needBytes: 1 }, demandContext)).toMatchObject({
      demand: { level: "critical" },
    });
  });

  test("that does not say how much is refused", () => {
    expect(judgeDemand({ type: "demand", level: "critical" }, demandContext)).toEqual({
      ok: false,
      problem: "it lacks needBytes",
    });
  });
});
