/** A rule of the policy, and what befalls a guest when it is switched off. The switch is in the tests alone: the rule's module is replaced. */
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { Move, Plan } from "../../../../../host/src/model/plan.ts";
import * as answering from "../../../../../host/src/policy/answer-demand.ts";
import * as deciding from "../../../../../host/src/policy/decide.ts";
import * as merging from "../../../../../host/src/policy/ksm/decide.ts";

/** What a scenario is played with. */
export interface Policy {
  readonly decide: typeof deciding.decide;
  readonly answerDemand: typeof answering.answerDemand;
  readonly decideKsm: typeof merging.decideKsm;
}

/** One module of the policy with some of its functions replaced. */
export interface Off {
  readonly module: string;
  readonly replace: (original: object) => object;
}

/** A rule with a small scenario of its own. */
export interface Rule {
  /** What it promises, as a sentence. */
  readonly rule: string;
  readonly off: Off;
  /** Plays the scenario; says in words how the promise was broken, or nothing. */
  readonly breach: (policy: Policy) => string | undefined;
  /** How it is broken when the rule is off. */
  readonly otherwise: string;
}

/** Switches a rule off; `module` is named as in `host/src/policy`. */
export function without<Module extends object>(
  module: string,
  replace: (original: Module) => Partial<Module>,
): Off {
  return { module, replace: (original) => replace(original as Module) };
}

/** For each rule: with it the promise holds, without it the promise is broken, in just these words. */
export function eachIsNeeded(rules: readonly Rule[]): void {
  it.each(rules)("$rule", async ({ off, breach, otherwise }) => {
    expect(breach({ ...deciding, ...answering, ...merging })).toBeUndefined();
    expect(breach(await policyWith(off))).toBe(otherwise);
  });
}

/** The policy loaded anew, with a rule off. */
async function policyWith({ module, replace }: Off): Promise<Policy> {
  const path = fileURLToPath(new URL(`../../../../../host/src/policy/${module}`, import.meta.url));
  vi.resetModules();
  vi.doMock(path, async (importOriginal) => {
    const original = await importOriginal<object>();
    return { ...original, ...replace(original) };
  });
  try {
    return {
      ...(await import("../../../../../host/src/policy/decide.ts")),
      ...(await import("../../../../../host/src/policy/answer-demand.ts")),
      ...(await import("../../../../../host/src/policy/ksm/decide.ts")),
    };
  } finally {
    vi.doUnmock(path);
    vi.resetModules();
  }
}

/** What a move of this guest comes to, in MiB; 0 where it is not moved. */
export function movedMib({ moves }: { readonly moves: readonly Move[] }, name: string): number {
  const move = moves.find((each) => each.name === name);
  return move === undefined ? 0 : Math.round((move.toBytes - move.fromBytes) / MIB);
}

/** What the plan says of a guest. */
export function verdictOf({ verdicts }: Plan, name: string): Plan["verdicts"][number] {
  const found = verdicts.find((verdict) => verdict.name === name);
  if (found === undefined) throw new Error(`no verdict on ${name}`);
  return found;
}
