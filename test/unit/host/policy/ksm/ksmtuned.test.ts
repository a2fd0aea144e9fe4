import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ksmtunedDefaults } from "../../../../../host/src/config/ksmtuned-conf.ts";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { KsmWrites } from "../../../../../host/src/model/ksm.ts";
import type { KsmtunedRule } from "../../../../../host/src/model/ksm-settings.ts";
import {
  applyKsmtuned,
  decideKsmtuned,
  FRESH_KSMTUNED,
} from "../../../../../host/src/policy/ksm/ksmtuned.ts";

const ORACLE = fileURLToPath(new URL("../../../../fixtures/ksmtuned-oracle.sh", import.meta.url));
const KIB_PER_GIB = GIB / 1024;

/** Recorded and made-up states of hosts: total, free (MemFree + Buffers + Cached) and committed, in KiB. */
const HOSTS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  // A 23.5 GiB machine: idle, with guests, short, and at its threshold to the kibibyte.
  24684084: [
    [24_194_821, 0],
    [20_334_112, 1_483_264],
    [4_936_816, 19_000_000],
    [4_936_817, 19_747_266],
    [4_936_818, 19_747_267],
    [900_000, 23_000_000],
  ],
  16315204: [
    [9_000_000, 6_000_000],
    [3_263_040, 13_052_163],
    [3_263_041, 13_052_164],
    [1_500_000, 15_000_000],
  ],
  65806252: [
    [40_000_000, 20_000_000],
    [20_000_000, 60_000_000],
    [5_000_000, 61_000_000],
  ],
  // So small that 2048 KiB is more than a fifth.
  8192: [
    [4096, 2000],
    [2048, 1000],
    [1000, 7000],
  ],
};

function oracle(rule: KsmtunedRule, totalKib: number, freeKib: number, committedKib: number, pages: number) {
  const env = {
    KSM_SLEEP_MSEC: String(rule.sleepMs),
    KSM_THRES_COEF: String(rule.thresholdPercent),
    KSM_THRES_CONST: String(rule.thresholdConst),
    KSM_NPAGES_BOOST: String(rule.pagesBoost),
    KSM_NPAGES_DECAY: String(rule.pagesDecay),
    KSM_NPAGES_MIN: String(rule.pagesMin),
    KSM_NPAGES_MAX: String(rule.pagesMax),
  };
  const args = [ORACLE, totalKib, freeKib, committedKib, pages].map(String);
  return execFileSync("bash", args, { env, encoding: "utf8" }).trim();
}

function written({ run, pagesToScan, sleepMs }: KsmWrites): string {
  return run === 0 ? "run=0" : `pages_to_scan=${pagesToScan} sleep_millisecs=${sleepMs} run=${run}`;
}

const CASES = Object.entries(HOSTS).flatMap(([total, states]) =>
  states.map(([free, committed]) => [Number(total), free, committed] as const),
);

describe.each(["debian", "redhat", "proxmox"] as const)("ksmtuned's rule as %s ships it", (variant) => {
  const rule = ksmtunedDefaults(variant);

  it.each(CASES)(
    "writes what the script writes on a host of %i KiB with %i free and %i committed",
    (...host) => {
      const [totalKib, freeKib, committedKib] = host;
      for (const pages of [0, 64, 300, 1000, 1250]) {
        const { outcome } = applyKsmtuned({ totalKib, freeKib, committedKib }, pages, rule);
        expect(written(outcome.writes)).toBe(oracle(rule, totalKib, freeKib, committedKib, pages));
      }
    },
  );

  it("writes the tables that were computed by hand", () => {
    const sleepMs = variant === "proxmox" ? 100 : 10;
    const short = { totalKib: 16 * KIB_PER_GIB, freeKib: 2 * KIB_PER_GIB, committedKib: 10 * KIB_PER_GIB };
    const seen: number[] = [];
    let pages = 0;
    for (let interval = 0; interval < 6; interval++) {
      const turn = applyKsmtuned(short, pages, rule);
      expect(turn.outcome.writes).toMatchObject({ run: 1, sleepMs });
      pages = turn.pages;
      seen.push(pages);
    }
    expect(seen).toEqual([300, 600, 900, 1200, 1250, 1250]);
    const large = { ...short, freeKib: 5 * KIB_PER_GIB, committedKib: 14 * KIB_PER_GIB };
    expect(applyKsmtuned(large, 1250, rule).outcome.writes.pagesToScan).toBe(1200);
    const ample = { ...short, freeKib: 8 * KIB_PER_GIB, committedKib: 4 * KIB_PER_GIB };
    expect(applyKsmtuned(ample, 900, rule)).toMatchObject({ outcome: { writes: { run: 0 } }, pages: 900 });
  });

  it("follows changed figures as the script does", () => {
    const changed: KsmtunedRule = {
      ...rule,
      ...{ sleepMs: 40, thresholdPercent: 35, thresholdConst: 9_000_000, pagesBoost: 70, pagesDecay: -7 },
      ...{ pagesMin: 10, pagesMax: 400 },
    };
    for (const [totalKib, freeKib, committedKib] of CASES) {
      const { outcome } = applyKsmtuned({ totalKib, freeKib, committedKib }, 380, changed);
      expect(written(outcome.writes)).toBe(oracle(changed, totalKib, freeKib, committedKib, 380));
    }
  });
});

describe("ksmtuned's intervals", () => {
  const rule = ksmtunedDefaults("debian");
  const facts = { totalKib: 1000, freeKib: 100, availableKib: 100, committedKib: 900 };

  it("decide once each, and leave the outcome standing in between", () => {
    const first = decideKsmtuned(facts, 0, FRESH_KSMTUNED, rule, 0);
    const between = decideKsmtuned(facts, 0, first.memory, rule, 59_999);
    const second = decideKsmtuned(facts, 0, between.memory, rule, 60_000);
    const pages = [first, between, second].map(({ outcome }) => outcome.writes.pagesToScan);
    expect(pages).toEqual([300, 300, 600]);
  });
});

describe("ksmtuned's mended defects", () => {
  const total = 16 * KIB_PER_GIB;
  const facts = (freeGib: number, committedGib: number, availableGib = freeGib) => ({
    totalKib: total,
    freeKib: freeGib * KIB_PER_GIB,
    availableKib: availableGib * KIB_PER_GIB,
    committedKib: committedGib * KIB_PER_GIB,
  });
  const outcome = (rule: Partial<KsmtunedRule>, state: ReturnType<typeof facts>, savedBytes = 0) =>
    decideKsmtuned(state, savedBytes, { pages: 500 }, { ...ksmtunedDefaults("proxmox"), ...rule }, 0).outcome;

  it("threshold: its constant means mebibytes", () => {
    const rule = { thresholdPercent: 5 };
    expect(outcome(rule, facts(1.5, 4)).writes.run).toBe(0);
    expect(outcome({ ...rule, fixes: ["threshold"] }, facts(1.5, 4)).reason).toBe("ksmtuned-short");
    // 2048 of them are 2 GiB, and 3 GiB free are enough.
    expect(outcome({ ...rule, fixes: ["threshold"] }, facts(3, 4)).writes.run).toBe(0);
  });

  it("available: what tmpfs holds is not free, what ZFS holds is", () => {
    expect(outcome({}, facts(8, 4, 1)).writes.run).toBe(0);
    expect(outcome({ fixes: ["available"] }, facts(8, 4, 1)).reason).toBe("ksmtuned-short");
    expect(outcome({}, facts(2, 4, 12)).reason).toBe("ksmtuned-short");
    expect(outcome({ fixes: ["available"] }, facts(2, 4, 12)).writes.run).toBe(0);
  });

  it("savings: it does not stop because it worked", () => {
    const saved = 3 * GIB;
    expect(outcome({}, facts(5, 11), saved).writes.run).toBe(0);
    expect(outcome({ fixes: ["savings"] }, facts(5, 11), saved).writes.run).toBe(1);
    expect(outcome({ fixes: ["savings"], metric: "rsz" }, facts(9, 11), 512 * MIB).writes.run).toBe(0);
  });

  it("reset: after a stop it begins anew", () => {
    const ample = { totalKib: total, freeKib: total / 2, committedKib: 0 };
    const rule = ksmtunedDefaults("debian");
    expect(applyKsmtuned(ample, 900, rule).pages).toBe(900);
    expect(applyKsmtuned(ample, 900, { ...rule, fixes: ["reset"] }).pages).toBe(0);
  });
});
