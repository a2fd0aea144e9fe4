import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatKsm, formatRepair } from "../../../../host/src/cli/format/ksm.ts";
import { MERGE_TEXTS } from "../../../../host/src/cli/format/ksm-texts.ts";
import { plain } from "../../../../host/src/cli/format/paint.ts";
import { formatStatus } from "../../../../host/src/cli/format/status.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { KSMTUNED_FIXES } from "../../../../host/src/model/ksm-settings.ts";
import { KSM_REASONS, type KsmGuestStatus, type KsmStatus } from "../../../../host/src/model/ksm-status.ts";
import { KSM, STATUS } from "../../../fakes/fake-control-service.ts";

const docs = readFileSync(new URL("../../../../host/docs/ksm.md", import.meta.url), "utf8");

const RUNNING: KsmStatus = {
  ...KSM,
  ...{ mode: "adaptive", reason: "maintain", text: "what is merged is kept", pressurePercent: 100 },
  ...{ cpuPercent: 3.21, cpuSecondsTotal: 4.7, savedBytesPerCpuSecond: 38 * MIB },
  ...{ fullScanMs: 10_400, yieldBytesPerCpuSecond: 12.5 * MIB, profitBytes: 170 * MIB },
};
const WEB: KsmGuestStatus = {
  ...{ merging: true, reason: "merged", trust: "a", sharedBytes: 60 * MIB, profitBytes: 55 * MIB },
};
const OTHER: KsmGuestStatus = { merging: false, reason: "other-trust", trust: "b" };

describe("ballast ksm", () => {
  it("shows savings as memory, cost as time, and which guests share", () => {
    const guests = [{ name: "web1", ksm: WEB }, { name: "other", ksm: OTHER }, { name: "unseen" }];
    expect(formatKsm({ ksm: RUNNING, guests }, plain)).toEqual([
      "KSM scans and saves 175.0 MiB (mode adaptive, memory pressure 100 %)",
      "what is merged is kept",
      "ksmd: 3.2 % of a processor now, 4.7 s since boot, 38.0 MiB saved for each second",
      "full scans: 7, the last took 10s and brought 12.5 MiB for each second of ksmd; 1250 pages every 20 ms",
      "profit: 170.0 MiB after what KSM's own records take",
      "",
      "NAME   TRUST  MERGING  SHARES   GAINS  WHY",
      "web1   a      on       60.0Mi  55.0Mi  may share",
      "other  b      off           -       -  another trust label shares",
    ]);
  });

  it("tells little where the kernel tells little, and nothing where there is no KSM", () => {
    expect(formatKsm({ ksm: KSM, guests: [] }, plain)).toEqual([
      "KSM scans and saves 175.0 MiB (mode observe, memory pressure 12 %)",
      "KSM is only observed",
      "full scans: 7, no full scan seen yet; 1250 pages every 20 ms",
    ]);
    expect(formatKsm({ guests: [] }, plain)).toEqual([
      "this kernel has no KSM, or the broker has not read it yet",
    ]);
  });

  it("tells when more broke apart than a scan merged", () => {
    const lines = formatKsm({ ksm: { ...RUNNING, yieldBytesPerCpuSecond: -5 * MIB }, guests: [] }, plain);
    expect(lines[3]).toContain("the last took 10s and merged less than broke apart meanwhile");
  });

  it("shows problems and an unmerge", () => {
    const unmerge = { state: "done", startBytes: 5, leftBytes: 0, text: "5 MiB unmerged" } as const;
    const lines = formatKsm({ ksm: { ...RUNNING, problem: "no permission", unmerge }, guests: [] }, plain);
    expect(lines).toContain("problem: no permission");
    expect(lines).toContain("unmerge: 5 MiB unmerged");
  });

  it("tells what was found where no broker answers", () => {
    expect(formatRepair({ text: "put back", run: 0, savedBytes: 175 * MIB })).toEqual([
      "KSM rests and saves 175.0 MiB: put back",
    ]);
    expect(formatRepair({ text: "no config" })).toEqual(["KSM: no config"]);
  });
});

describe("ballast status", () => {
  it("names the program that controls KSM", () => {
    const ksm = {
      ...KSM,
      reason: "rival",
      text: "another program controls KSM: ksmtuned (process 42)",
    } as const;
    expect(formatStatus({ ...STATUS, ksm }, plain)).toContain(
      "KSM: another program controls KSM: ksmtuned (process 42)",
    );
    const broken = { ...KSM, problem: "no permission" };
    expect(formatStatus({ ...STATUS, ksm: broken }, plain)).toContain("KSM: no permission");
    expect(formatStatus(STATUS, plain).filter((line) => line.startsWith("KSM"))).toEqual([]);
  });
});

describe("docs/ksm.md", () => {
  it.each([...KSM_REASONS, ...Object.keys(MERGE_TEXTS), ...KSMTUNED_FIXES])("explains %s", (word) => {
    expect(docs).toContain(`\`${word}\``);
  });
});
