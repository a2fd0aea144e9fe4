import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { formatEvent, formatLoss } from "../../../../host/src/cli/format/events.ts";
import { formatExplanation } from "../../../../host/src/cli/format/explain.ts";
import { formatInfo } from "../../../../host/src/cli/format/info.ts";
import { coloured, plain } from "../../../../host/src/cli/format/paint.ts";
import { REASON_TEXTS } from "../../../../host/src/cli/format/reasons.ts";
import { formatAge, formatShortSize, formatSize } from "../../../../host/src/cli/format/sizes.ts";
import { formatStatus } from "../../../../host/src/cli/format/status.ts";
import { formatTable } from "../../../../host/src/cli/format/table.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import { REASONS } from "../../../../host/src/model/plan.ts";
import { EXPLANATION, STATUS, WEB } from "../../../fakes/fake-control-service.ts";

beforeAll(() => vi.stubEnv("TZ", "UTC"));
afterAll(() => vi.unstubAllEnvs());

describe("sizes and ages", () => {
  it("are written with one decimal, in the unit that fits", () => {
    expect([0, 512 * MIB, 1023.94 * MIB, 1023.96 * MIB, 1.5 * GIB, 2048 * GIB].map(formatSize)).toEqual([
      "0.0 MiB",
      "512.0 MiB",
      "1023.9 MiB",
      "1.0 GiB",
      "1.5 GiB",
      "2048.0 GiB",
    ]);
    expect([undefined, 512 * MIB, 1.5 * GIB].map(formatShortSize)).toEqual(["-", "512.0Mi", "1.5Gi"]);
  });

  it("grow coarser with age", () => {
    expect([240, 42_000, 600_000, 36_000_000].map(formatAge)).toEqual(["0.2s", "42s", "10m", "10h"]);
  });
});

describe("formatTable", () => {
  it("aligns by what is seen, not by colour codes", () => {
    const columns = [
      { title: "A", align: "left" },
      { title: "NUMBER", align: "right" },
      { title: "LAST", align: "left" },
    ] as const;
    const rows = [
      [{ text: "longer", style: "bad" as const }, { text: "1" }, { text: "" }],
      [{ text: "x" }, { text: "1234567" }, { text: "end", style: "good" as const }],
    ];
    expect(formatTable(columns, rows, plain)).toEqual([
      "A        NUMBER  LAST",
      "longer        1",
      "x       1234567  end",
    ]);
    const codes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
    const uncoloured = formatTable(columns, rows, coloured).map((line) => line.replace(codes, "").trimEnd());
    expect(uncoloured).toEqual(formatTable(columns, rows, plain));
  });
});

describe("formatStatus", () => {
  it("makes nothing up before the first decision", () => {
    const host = { accounting: "resident" } as const;
    const { ksm: _, ...status } = STATUS;
    expect(formatStatus({ ...status, host, guests: [] }, plain).slice(0, 2)).toEqual([
      "host: no decision has been made yet",
      "memory: not known yet",
    ]);
  });

  it("shows how long a manual target still holds", () => {
    const manual = { targetBytes: 768 * MIB, leftMs: 540_000 };
    const guests = [
      { ...WEB, reason: "manual", state: "held", manual },
      { ...WEB, name: "web2", manual },
      { ...WEB, name: "web3", reason: "manual", manual: { targetBytes: 768 * MIB } },
    ] as const;
    const lines = formatStatus({ ...STATUS, guests }, plain);
    expect(lines.slice(4, 7)).toEqual([
      expect.stringMatching(/manual, 9m left$/),
      expect.stringMatching(/demand, manual target 9m left$/),
      expect.stringMatching(/manual$/),
    ]);
  });

  it("shows host, guests and problems", () => {
    expect(formatStatus(STATUS, plain)).toEqual([
      "host tight: budget 12.0 GiB, charged 9.0 GiB (resident), free 2.5 GiB, reserve 512.0 MiB, resident 8.7 GiB",
      "memory: 13.5 GiB available of 24.0 GiB, pressure 0.3 %, KSM runs and saves 175.0 MiB",
      "",
      "NAME  STATE         ACTUAL  TARGET     USED    FLOOR      MIN     MAX  PRESSURE  AGENT               REASON",
      "web1  managed      768.0Mi   1.0Gi  600.0Mi  700.0Mi  512.0Mi   2.0Gi  moderate  virtio 0.1.0, 0.2s  demand",
      "db1   managed        8.0Gi   8.0Gi        -        -    4.0Gi  16.0Gi  -         virtio, silent      hold-agent-lost",
      "old1  unreachable        -       -        -        -        -       -  -         none                inhibited: unreachable",
      "",
      "problems:",
      "  db1: the agent's channel has been silent for 42 s",
      "  old1: no QMP greeting on /run/vm/old1.qmp: another client holds the monitor",
    ]);
  });

  it("keeps to 120 columns whatever the reason of an ordinary guest", () => {
    for (const reason of REASONS) {
      const lines = formatStatus({ ...STATUS, guests: [{ ...WEB, reason }] }, plain);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    }
  });

  it("says that balloons are only observed, that there are no guests, and what was killed", () => {
    const { ksm: _ksm, ...status } = STATUS;
    const observing = formatStatus({ ...status, mode: "observe", guests: [] }, plain);
    expect(observing[1]).toBe("memory: 13.5 GiB available of 24.0 GiB, pressure 0.3 %");
    expect(observing[2]).toMatch(/^mode observe: balloons are not moved/);
    expect(observing.at(-1)).toBe("no guests");
    const killed = formatStatus({ ...STATUS, guests: [{ ...WEB, oomKills: 2 }] }, plain);
    expect(killed.at(-1)).toBe(
      "  web1: since it booted its kernel killed 2 times because it ran out of memory",
    );
  });

  it("names the guests whose mode is not the config's", () => {
    const line = (mode: "act" | "observe", ...own: ("act" | "observe" | undefined)[]) =>
      formatStatus(
        {
          ...STATUS,
          mode,
          guests: own.map((ownMode, i) => ({ ...WEB, name: `g${i}`, ...(ownMode && { mode: ownMode }) })),
        },
        plain,
      )[2];
    expect(line("act", "act", undefined)).toBe("");
    expect(line("act", "observe", undefined)).toBe("only observed, balloon not moved: g0");
    expect(line("observe", "act", undefined)).toBe("mode observe: only the balloons of g0 are moved");
    expect(line("act", ...Array<"observe">(7).fill("observe"), "act")).toMatch(
      /: g0, g1, g2, g3, g4 and 2 more$/,
    );
    expect(line("act", "observe")).toMatch(/^mode observe: balloons are not moved/);
  });

  it("uses colour only where it is wanted", () => {
    expect(formatStatus(STATUS, plain).join("")).not.toContain("\u001b");
    expect(formatStatus(STATUS, coloured).join("")).toContain("\u001b[33mtight\u001b[0m");
  });
});

describe("formatExplanation", () => {
  it("reads like a sentence and then shows every number with its meaning", () => {
    const lines = formatExplanation(EXPLANATION, plain);
    expect(lines.slice(0, 2)).toEqual([
      "web1: The guest demanded memory and gets all of it. (demand: demanded 200.0 MiB)",
      "It has 768.0 MiB and is to have 1.0 GiB. The host's memory is tight. What it needs is known from its agent (0.1.0, 0.2s ago). It feels moderate memory pressure.",
    ]);
    expect(lines.slice(3, 7)).toEqual([
      "NUMBER     VALUE  UNIT   MEANING",
      "min        512.0  MiB    guaranteed: never taken",
      "max          2.0  GiB    the most that it may have",
      "shares      2000         its weight when there is not enough for all",
    ]);
    expect(lines).toContain("hot cache   20.0  MiB    cache that it would read again at once");
    expect(lines).toContain("growth      50.0  MiB/s  its fastest growth lately");
    expect(lines.slice(-2)).toEqual(["last moves:", "  2025-01-02 03:04:05  768.0 MiB -> 1.0 GiB  demand"]);
  });

  it("makes nothing up before the first decision", () => {
    const { regime: _, ledger: __, ...unknown } = EXPLANATION;
    const text = formatExplanation(unknown, plain).join("\n");
    expect(text).not.toMatch(/host's memory is|^budget|^free/m);
  });

  it("says what lifts the guest's level, where something does", () => {
    const guest = { ...WEB, level: "no-port", lift: "give it the agent's port" } as const;
    const text = (lines: readonly string[]) => lines.join("\n");
    expect(text(formatExplanation({ ...EXPLANATION, guest }, plain))).toContain(
      "Level: no-port. To lift it, give it the agent's port.\n",
    );
    expect(text(formatExplanation(EXPLANATION, plain))).not.toContain("Level");
    expect(text(formatInfo({ guest, facts: {} }, plain))).toMatch(/^status\.level +no-port$/m);
  });

  it("has a row for each number of the verdict", () => {
    const numbers = Object.values(EXPLANATION.verdict).filter((value) => typeof value === "number");
    const lines = formatExplanation(EXPLANATION, plain);
    const rows = lines.slice(
      lines.findIndex((line) => line.startsWith("actual")),
      lines.findIndex((line) => line.startsWith("resident")),
    );
    expect(rows).toHaveLength(numbers.length);
  });

  it("leaves out what is not known instead of showing zero", () => {
    const guest = {
      name: "old1",
      source: "static",
      level: "none",
      state: "unreachable",
      reason: "inhibited",
      shares: 1,
      agent: { connected: false },
    } as const;
    const verdict = {
      name: "old1",
      source: "none",
      kind: "inhibited",
      reason: "inhibited",
      detail: "unreachable",
      inhibition: "unreachable",
    } as const;
    const lines = formatExplanation({ ...EXPLANATION, guest, verdict, moves: [] }, plain);
    expect(lines[1]).toBe(
      "What it has is not known. The host's memory is tight. What it needs is not known.",
    );
    expect(lines[0]).toBe(
      "old1: QEMU cannot be asked or told anything, so the guest stays as it is. (inhibited: unreachable)",
    );
    expect(lines.some((line) => line.startsWith("used "))).toBe(false);
  });
});

describe("formatEvent", () => {
  it("is one line with time, level, guest and text", () => {
    const event = {
      id: 1,
      atMs: Date.UTC(2025, 0, 2, 3, 4, 5),
      level: "warn",
      kind: "agent",
      text: "gone",
    } as const;
    expect(formatEvent({ ...event, guest: "web1" }, plain)).toBe(
      "2025-01-02 03:04:05  warn   web1          gone",
    );
    expect(formatEvent(event, plain)).toBe("2025-01-02 03:04:05  warn   -             gone");
    expect(formatLoss(7)).toContain("7 events were lost");
  });
});

describe("formatInfo", () => {
  it("shows the broker's times as ages, and the guest's own as they are", () => {
    const facts = { seenAtMs: 1000.25, report: { sampledAtMs: 5 }, processMemory: { bytes: MIB } };
    const lines = formatInfo({ guest: WEB, facts, nowMs: 3500 }, plain);
    expect(lines).toContain("facts.seenAtMs             1000 (2.5s ago)");
    expect(lines).toContain("facts.report.sampledAtMs   5");
    expect(lines).toContain("facts.processMemory.bytes  1048576 (1.0 MiB)");
  });

  it("shows nested facts by their path, sizes also for people, and no more than a few levels", () => {
    const deep = { a: { b: { c: { d: { e: 1 } } } } };
    const lines = formatInfo({ guest: WEB, facts: { limits: { minBytes: MIB }, list: [1], deep } }, plain);
    expect(lines).toContain("facts.limits.minBytes     1048576 (1.0 MiB)");
    expect(lines).toContain("facts.list                [1]");
    expect(lines).toContain('facts.deep.a.b.c          {"d":{"e":1}}');
  });
});

describe("docs/reasons.md", () => {
  const doc = readFileSync(new URL("../../../../host/docs/reasons.md", import.meta.url), "utf8");

  it("documents every reason, in the order of the closed set, and no other", () => {
    expect([...doc.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([...REASONS]);
  });

  it("says the same sentence as explain", () => {
    for (const reason of REASONS) expect(doc).toContain(`## ${reason}\n${REASON_TEXTS[reason]}\n`);
  });
});
