import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseGuestConfig } from "../../../../host/src/proxmox/guest-config.ts";

const FOLDER = new URL("../../../fixtures/pve-configs/", import.meta.url);
const MIB = 1024 * 1024;
const { files } = JSON.parse(readFileSync(new URL("expected.json", FOLDER), "utf8"));

function read(vmid: string) {
  return parseGuestConfig(Number(vmid), readFileSync(new URL(`${vmid}.conf`, FOLDER), "utf8"));
}

describe("a guest's configuration of Proxmox", () => {
  const samples = readdirSync(FOLDER).flatMap((name) => /^(\d+)\.conf$/.exec(name)?.[1] ?? []);

  it("is sampled 25 times", () => {
    expect(samples).toHaveLength(25);
  });

  it.each(samples)("is read as Proxmox reads it: %s", (vmid) => {
    const is = read(vmid);
    const want = files[vmid];
    expect({
      name: is.name,
      max: is.maxBytes / MIB,
      min: is.minBytes / MIB,
      shares: is.shares ?? null,
      verdict: is.verdict,
      why: is.why,
      hold: is.lock,
      handOver: is.handOver,
      agentSocket: is.agentSocket,
      ownMonitor: is.ownMonitor,
      snapshots: is.snapshots,
      pending: [...is.pending].sort(),
      problems: is.problems.length,
    }).toEqual({
      name: want.name,
      max: want.max,
      min: want.min,
      shares: want.shares,
      verdict: want.verdict,
      why: want.why,
      hold: want.hold,
      handOver: want.handOver,
      agentSocket: want.agentSocket,
      ownMonitor: want.ownMonitor,
      snapshots: want.snapshots ?? [],
      pending: [...(want.pending ?? [])].sort(),
      problems: want.problems?.length ?? 0,
    });
    expect(is.flags).toEqual(expect.arrayContaining(want.flags ?? []));
    if (want.alsoReport === "inflated-by-proxmox-at-start") expect(is.startsInflated).toBe(true);
  });

  it("gives an admin no text of it that could harm a terminal, and none without end", () => {
    const evil = `a\u202e\u001b[2J\u3164${"x".repeat(100_000)}`;
    const text = `name: ${evil}\nlock: ${evil}\nshares: ${evil}\n${evil}\n${"K".repeat(100_000)}: 1\n`;
    const { name, lock, problems } = parseGuestConfig(100, text);
    const texts = [name, lock, ...problems.map((problem) => problem.text)];
    expect(texts).toHaveLength(5);
    for (const shown of texts) expect(shown).toMatch(/^[ -~]{1,120}….{0,40}$/);
  });

  it("names each line that it cannot read, with its number", () => {
    expect(read("123").problems.map(({ line, text }) => `${line}: ${text}`)).toEqual([
      "1: Memory: unknown key, keys are lower case",
      "2: balloon: not a whole number",
      "4: memory: not a whole number, Proxmox falls back on 512",
      "7: shares: none is not a whole number",
      '9: a line that is no setting: "this is not a setting"',
    ]);
  });

  it("is never more than its first lines of nonsense, whatever is in the file", () => {
    const { problems, maxBytes } = parseGuestConfig(1, "\u0007 [x\n".repeat(10_000));
    expect(problems).toHaveLength(20);
    expect(problems[0]?.text).not.toContain("\u0007");
    expect(maxBytes).toBe(512 * MIB);
    expect(parseGuestConfig(1, "a".repeat(10_000_000)).problems).toHaveLength(1);
  });
});
