/** The simulator's samples are those of the real reader in the same guest: decisions are the agent's own, so this is all that could differ. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { LinuxReader } from "../../../../../guest/src/sample/read-linux.ts";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { KernelSampler, traitsOf } from "../../../../../host/src/simulate/agent/kernel-sampler.ts";
import { Guest } from "../../../../../host/src/simulate/guest/guest.ts";
import { aPlan } from "../../../../fakes/guest-plans.ts";
import { KernelFiles } from "../../../../fakes/kernel-files.ts";

const FULL_BYTES = 1000 * MIB;

let close = () => {};
afterEach(() => close());

/** Reads one kernel both ways. */
function both(deflateOnOom: boolean) {
  const plan = aPlan({ fullBytes: FULL_BYTES, swapBytes: 512 * MIB, deflateOnOom });
  const { kernel } = new Guest(plan);
  const folder = mkdtempSync(join(tmpdir(), "kernel-"));
  const files = new KernelFiles(folder, deflateOnOom);
  const [reader, sampler] = [new LinuxReader(files.roots), new KernelSampler(plan)];
  close = () => {
    reader.close();
    files.close();
    rmSync(folder, { recursive: true });
  };
  const read = (nowMs: number, urgent = false) => {
    files.write(kernel);
    return { real: reader.read(nowMs, urgent), simulated: sampler.read(kernel, nowMs, urgent) };
  };
  return { kernel, plan, reader, read };
}

/** Without what a real file has and a simulated kernel has not, and in whole KiB, as files tell sizes. */
function comparable(fields: object): Record<string, number> {
  const numbers = Object.entries(fields).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(numbers.map(([name, value]) => [name, Math.round(value / 1024)]));
}

describe.each([false, true])("samples of a simulated guest (deflate-on-oom: %s)", (deflateOnOom) => {
  it("have the figures that the real reader finds in its files", () => {
    const { kernel, read } = both(deflateOnOom);
    Object.assign(kernel, { balloonBytes: 300 * MIB, anonBytes: 200 * MIB, swappedBytes: 20 * MIB });
    Object.assign(kernel, { hotBytes: 60 * MIB, coldBytes: 30 * MIB, staleBytes: 10 * MIB });
    Object.assign(kernel.counters, { refaultPages: 7000, swapInPages: 300, majorFaults: 40, oomKills: 2 });
    Object.assign(kernel.counters, { stealPages: 900, allocationStalls: 5, stallUs: 123_456 });
    const { real, simulated } = read(0);
    expect(comparable(simulated.meminfo)).toEqual(comparable(real.meminfo));
    expect(simulated.counters).toEqual({ ...real.counters, pressure: { someStallUs: 123_456 } });
  });

  it("have counters as old as the real reader's, through waiting, moving and rest", () => {
    const { kernel, read } = both(deflateOnOom);
    const ages = Array.from({ length: 60 }, (_, i) => {
      if (i === 20) kernel.anonBytes += 10 * MIB;
      const { real, simulated } = read(i * 40, i > 40 && i < 45);
      return [real.counters?.sampledAtMs, simulated.counters?.sampledAtMs];
    });
    expect(ages.map(([real]) => real)).toEqual(ages.map(([, simulated]) => simulated));
    expect(new Set(ages.map(([real]) => real)).size).toBeGreaterThan(6);
  });

  it("come with the traits that the real reader finds", () => {
    const { plan, reader } = both(deflateOnOom);
    expect({ ...reader.traits, balloonHidden: false }).toEqual(traitsOf(plan));
  });
});
