import { describe, expect, it } from "vitest";
import { LONGEST_WAIT_MS, WorstWait } from "../../../../../host/src/qmp/lease/worst-wait.ts";

const MINUTE_MS = 60_000;

describe("the worst wait", () => {
  it("is unknown before anything was measured", () => {
    expect(new WorstWait().valueMs(0)).toBeUndefined();
  });

  it("is the longest, and halves within ten minutes", () => {
    const wait = new WorstWait();
    wait.saw(80, 0);
    wait.saw(3, 0);
    expect(wait.valueMs(0)).toBe(80);
    expect(wait.valueMs(10 * MINUTE_MS)).toBe(40);
  });

  it("is raised by a wait that is longer than what is left of the one before", () => {
    const wait = new WorstWait();
    wait.saw(80, 0);
    wait.saw(50, 10 * MINUTE_MS);
    expect(wait.valueMs(10 * MINUTE_MS)).toBe(50);
  });

  it("counts no longer than Proxmox's own tools wait", () => {
    const wait = new WorstWait();
    wait.saw(60_000, 0);
    expect(wait.valueMs(0)).toBe(LONGEST_WAIT_MS);
  });
});
