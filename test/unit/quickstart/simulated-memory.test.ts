import { describe, expect, it } from "vitest";
import { SimulatedMemory } from "../../quickstart/simulated/memory.ts";

const MIB = 1024 * 1024;
const FULL = 512 * MIB;
const CACHE = 150 * MIB;
const BURST = { mebibytes: 280, mebibytesPerSecond: 100, holdSeconds: 1 };

function passAll(memory: SimulatedMemory, ms: number, actualBytes: number): void {
  for (let at = 0; at < ms; at += 10) memory.pass(10, actualBytes);
}

describe("a simulated guest's memory", () => {
  it("gives cold cache to the balloon before anything else", () => {
    const memory = new SimulatedMemory(FULL, CACHE);
    const idleBytes = memory.seen.anonymousBytes;
    memory.pass(10, 200 * MIB);
    expect(memory.seen.fileBytes).toBe(200 * MIB - idleBytes);
    expect(memory.seen.anonymousBytes).toBe(idleBytes);
    expect(memory.heldBytes).toBe(200 * MIB);
    expect(memory.seen.oomKills).toBe(0);
  });

  it("grows at the burst's rate, keeps it, and lets it go", () => {
    const memory = new SimulatedMemory(FULL, 0);
    const idleBytes = memory.seen.anonymousBytes;
    memory.start(BURST);
    passAll(memory, 1000, FULL);
    expect(memory.seen.anonymousBytes - idleBytes).toBe(100 * MIB);
    passAll(memory, 2000, FULL);
    expect(memory.seen.anonymousBytes - idleBytes).toBe(280 * MIB);
    expect(memory.programStatus).toBeUndefined();
    passAll(memory, 1000, FULL);
    expect(memory.seen.anonymousBytes).toBe(idleBytes);
    expect(memory.programStatus).toBe(0);
  });

  it("kills the program when the balloon leaves too little", () => {
    const memory = new SimulatedMemory(FULL, CACHE);
    memory.start(BURST);
    passAll(memory, 4000, 256 * MIB);
    expect(memory.programStatus).toBe(137);
    expect(memory.seen.oomKills).toBe(1);
  });

  it("shows the agent the balloon as memory that is gone, not as use", () => {
    const memory = new SimulatedMemory(FULL, 0);
    const before = memory.seen.sample(0).meminfo;
    memory.pass(10, 256 * MIB);
    const after = memory.seen.sample(10).meminfo;
    expect((before.totalBytes ?? 0) - (after.totalBytes ?? 0)).toBe(256 * MIB);
    expect((before.availableBytes ?? 0) - (after.availableBytes ?? 0)).toBe(256 * MIB);
  });
});
