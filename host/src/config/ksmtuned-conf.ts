/** Reads `/etc/ksmtuned.conf`, the shell fragment that ksmtuned sources, as data: nothing in it is ever run; pure. */

import { harmlessText } from "../model/foreign-text.ts";
import type { KsmtunedRule } from "../model/ksm-settings.ts";
import type { Problem } from "./problem.ts";
import { shorten } from "./size.ts";

export type KsmtunedVariant = KsmtunedRule["variant"];

const MOST_LINES = 10_000;

/** What each variant's script has where the file says nothing. */
export function ksmtunedDefaults(variant: KsmtunedVariant): KsmtunedRule {
  const isProxmox = variant === "proxmox";
  return {
    variant,
    monitorIntervalMs: 60_000,
    sleepMs: isProxmox ? 100 : 10,
    pagesBoost: 300,
    pagesDecay: -50,
    pagesMin: 64,
    pagesMax: 1250,
    thresholdPercent: 20,
    thresholdConst: 2048,
    metric: isProxmox ? "pss" : "rsz",
    fixes: [],
  };
}

type Change = Partial<KsmtunedRule>;
/** The value's meaning, or what is expected instead. */
type Reader = (value: string) => Change | string;

const count =
  (make: (value: number) => Change, least: number, most: number): Reader =>
  (text) => {
    const value = /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? make(value) : `a whole number from ${least} to ${most}`;
  };

const MOST_PAGES = 10_000_000;
const VARIABLES: Readonly<Record<string, Reader>> = {
  KSM_MONITOR_INTERVAL: count((seconds) => ({ monitorIntervalMs: seconds * 1000 }), 1, 86_400),
  KSM_SLEEP_MSEC: count((sleepMs) => ({ sleepMs }), 0, 3_600_000),
  KSM_NPAGES_BOOST: count((pagesBoost) => ({ pagesBoost }), -MOST_PAGES, MOST_PAGES),
  KSM_NPAGES_DECAY: count((pagesDecay) => ({ pagesDecay }), -MOST_PAGES, MOST_PAGES),
  KSM_NPAGES_MIN: count((pagesMin) => ({ pagesMin }), 0, MOST_PAGES),
  KSM_NPAGES_MAX: count((pagesMax) => ({ pagesMax }), 1, MOST_PAGES),
  KSM_THRES_COEF: count((thresholdPercent) => ({ thresholdPercent }), 0, 100),
  KSM_THRES_CONST: count((thresholdConst) => ({ thresholdConst }), 0, 999_999_999),
  KSM_PS_METRIC: (text) => (text === "pss" || text === "rsz" ? { metric: text } : "pss or rsz"),
  // Where the script logs: the broker has a log of its own.
  LOGFILE: () => ({}),
  DEBUG: () => ({}),
};

export interface KsmtunedConf {
  readonly rule: KsmtunedRule;
  /** Every line that was not taken, with its number. */
  readonly problems: readonly Problem[];
}

/** Lines are comments, empty, or `NAME=VALUE` with or without quotes; a later one wins, as in the shell. A bad one changes nothing. */
export function parseKsmtunedConf(text: string, file: string, defaults: KsmtunedRule): KsmtunedConf {
  const problems: Problem[] = [];
  let rule = defaults;
  for (const [index, line] of text.split("\n").slice(0, MOST_LINES).entries()) {
    const read = readLine(line);
    if (typeof read === "object") rule = { ...rule, ...read };
    else problems.push({ file, line: index + 1, message: read, advice: ADVICE });
  }
  if (rule.pagesMin <= rule.pagesMax) return { rule, problems };
  const message = `KSM_NPAGES_MIN ${rule.pagesMin} is above KSM_NPAGES_MAX ${rule.pagesMax}`;
  const { pagesMin, pagesMax } = defaults;
  return {
    rule: { ...rule, pagesMin, pagesMax },
    problems: [...problems, { file, message, advice: ADVICE }],
  };
}

const ADVICE = "mend or remove it; ksmtuned's default holds";

/** The change, or what is wrong. */
function readLine(line: string): Change | string {
  if (/^\s*(#.*)?$/.test(line)) return {};
  const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(?:"([^"]*)"|'([^']*)'|([^\s"'#;]*))\s*;?\s*(#.*)?$/.exec(
    line,
  );
  const [, name = "", double, single, bare] = match ?? [];
  if (match === null) return `"${shown(line)}" is no assignment`;
  const reader = VARIABLES[name];
  if (reader === undefined || !Object.hasOwn(VARIABLES, name))
    return `${shown(name)} is no variable of ksmtuned`;
  const value = double ?? single ?? bare ?? "";
  const change = reader(value);
  return typeof change === "string" ? `${name}: "${shown(value)}" is not ${change}` : change;
}

function shown(text: string): string {
  return shorten(harmlessText(text.trim()));
}
