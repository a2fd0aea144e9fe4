import { describe, expect, it } from "vitest";
import { parseGuestStats, parseMeminfo, parseOomKills } from "../../testbed/guest-memory.ts";

describe("guest memory", () => {
  it("reads meminfo in bytes and leaves absent what is not there", () => {
    const memory = parseMeminfo(
      "MemTotal:         480260 kB\nMemFree:          444220 kB\nSwapCached: 1 kB\n",
    );
    expect(memory.totalBytes).toBe(480260 * 1024);
    expect(memory.freeBytes).toBe(444220 * 1024);
    expect(memory.availableBytes).toBeUndefined();
    expect(memory.cachedBytes).toBeUndefined();
  });

  it("counts kills from vmstat and names the victims from the console", () => {
    const console =
      "[ 9.1] Out of memory: Killed process 101 (workload) total-vm:1kB\r\n" +
      "[ 9.2] Out of memory (oom_kill_allocating_task): Killed process 102 (node) total-vm:1kB\r\n";
    expect(parseOomKills("pgfault 7\noom_kill 2\n", console)).toEqual({
      count: 2,
      victims: ["workload", "node"],
    });
  });

  it("finds no kill where there was none", () => {
    expect(parseOomKills("pgfault 7\noom_kill 0\n", "")).toEqual({ count: 0, victims: [] });
  });

  it("leaves out balloon statistics that the driver has not set", () => {
    const answer = JSON.parse(
      '{"stats":{"stat-free-memory":4096,"stat-swap-in":18446744073709551615},"last-update":1}',
    );
    expect(parseGuestStats(answer)).toEqual({ "stat-free-memory": 4096 });
    expect(parseGuestStats({})).toEqual({});
  });
});
