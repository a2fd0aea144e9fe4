import { describe, expect, it } from "vitest";
import { predictTestbed } from "../../../bench/density/predict.ts";
import { DENSITY_RULES, scenarioUnder } from "../../../bench/density/rules.ts";
import { isCarried } from "../../../bench/density/verdict.ts";

function ruleNamed(name: string) {
  const rule = DENSITY_RULES.find((one) => one.name === name);
  if (rule?.maker === undefined) throw new RangeError(`no rule ${name}`);
  return { rule, maker: rule.maker };
}

function carries(name: string, guests: number): boolean {
  const { rule, maker } = ruleNamed(name);
  return isCarried(predictTestbed(guests, rule, maker));
}

describe("of the testbed's guests, the simulator says, one host", () => {
  it("carries eight under Ballast", () => {
    expect(carries("ballast", 8)).toBe(true);
  });

  it("carries four under a static split: Ballast's are at least 1.5 times as many", () => {
    expect(carries("static-split", 4)).toBe(true);
    expect(carries("static-split", 6)).toBe(false);
  });

  it("carries six under Proxmox's rule: Ballast's are at least 1.3 times as many", () => {
    expect(carries("proxmox", 6)).toBe(true);
    expect(carries("proxmox", 7)).toBe(false);
  });

  it("carries no more under deflate-on-oom alone", () => {
    expect(carries("deflate-on-oom", 8)).toBe(false);
  });
});

describe("a rule's guests", () => {
  it("deflate on OOM and have agents only where the rule says so", () => {
    const guestsUnder = (name: string) => scenarioUnder(ruleNamed(name).rule, 4).guests;
    expect(guestsUnder("mom-deflate").every(({ deflateOnOom }) => deflateOnOom)).toBe(true);
    expect(guestsUnder("mom").some(({ deflateOnOom }) => deflateOnOom)).toBe(false);
    expect(guestsUnder("ballast").every(({ agent }) => agent.kind === "honest")).toBe(true);
    expect(guestsUnder("ballast-no-agent").every(({ agent }) => agent.kind === "none")).toBe(true);
  });
});
