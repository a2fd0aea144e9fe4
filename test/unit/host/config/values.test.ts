import { describe, expect, it } from "vitest";
import { parseDuration } from "../../../../host/src/config/duration.ts";
import { parseBytes, parseSize } from "../../../../host/src/config/size.ts";
import { nearest } from "../../../../host/src/config/suggest.ts";
import { GIB, KIB, MIB } from "../../../../host/src/model/bytes.ts";

describe("parseSize", () => {
  it.each([
    ["2048KiB", 2048 * KIB],
    ["512MiB", 512 * MIB],
    ["1.5GiB", 1536 * MIB],
    ["48 GiB", 48 * GIB],
    ["2TiB", 2048 * GIB],
    [536870912, 512 * MIB],
    ["536870912", 512 * MIB],
    [0, 0],
    ["0", 0],
  ])("reads %s as bytes", (raw, bytes) => {
    expect(parseSize(raw)).toEqual({ ok: true, value: { kind: "bytes", bytes } });
  });

  it("reads auto and shares", () => {
    expect(parseSize("auto")).toEqual({ ok: true, value: { kind: "auto" } });
    expect(parseSize("12.5%")).toEqual({ ok: true, value: { kind: "percent", percent: 12.5 } });
  });

  it.each([
    ["48G", "write 48GiB"],
    ["48gb", "write 48GiB"],
    ["48gib", "write 48GiB"],
    ["512m", "write 512MiB"],
    ["5 parsecs", "KiB, MiB, GiB or TiB"],
    ["512", "write 512MiB"],
    ["100KiB", "such as 512MiB"],
    ["0%", "up to 100%"],
    ["-1GiB", "such as 512MiB"],
    ["1e3GiB", "such as 512MiB"],
    ["99999999999999TiB", "such as 512MiB"],
    [1.5, "such as 512MiB"],
    [-5, "such as 512MiB"],
    [Number.NaN, "such as 512MiB"],
    [Number.POSITIVE_INFINITY, "such as 512MiB"],
    ["", "such as 512MiB"],
    ["9".repeat(5000), "such as 512MiB"],
  ])("refuses %s and says what to write", (raw, advice) => {
    const parsed = parseSize(raw);
    expect(parsed.ok ? "" : parsed.advice).toContain(advice);
    expect(parsed.ok ? "" : parsed.message.length).toBeLessThan(100);
  });

  it("refuses auto and shares where a size must be given outright", () => {
    expect(parseBytes("auto").ok).toBe(false);
    expect(parseBytes("50%").ok).toBe(false);
    expect(parseBytes("1GiB")).toEqual({ ok: true, value: GIB });
  });
});

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["0s", 0],
  ])("reads %s", (raw, durationMs) => {
    expect(parseDuration(raw)).toEqual({ ok: true, value: durationMs });
  });

  it.each([["10"], [10], ["10d"], ["-1s"], ["soon"], [""], ["1h30m"], ["200h"]])("refuses %s", (raw) => {
    expect(parseDuration(raw).ok).toBe(false);
  });
});

describe("nearest", () => {
  const keys = ["mode", "host", "control", "onAgentLoss"];

  it.each([
    ["mdoe", "mode"],
    ["Host", "host"],
    ["contrl", "control"],
    ["on_agent_loss", "onAgentLoss"],
  ])("takes %s for %s", (word, key) => {
    expect(nearest(word, keys)).toBe(key);
  });

  it("suggests nothing when nothing is near", () => {
    expect(nearest("colour", keys)).toBeUndefined();
    expect(nearest("x".repeat(10_000), keys)).toBeUndefined();
  });
});
