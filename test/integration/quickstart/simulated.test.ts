/** Plays the whole story on simulated guests: the real broker, the real agent's code, no QEMU and no root. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Pace } from "../../quickstart/plot.ts";
import { run, type World } from "../../quickstart/quickstart.ts";
import type { Output } from "../../quickstart/screen.ts";

const PACE: Pace = {
  burst: { mebibytes: 280, mebibytesPerSecond: 100, holdSeconds: 1 },
  observeEveryMs: 100,
  restMs: 1_500,
  takingLimitMs: 40_000,
  burstLimitMs: 60_000,
  returnLimitMs: 40_000,
};
const TUNING = { tick: "200ms", holdAfterDemand: "500ms", holdAfterTurn: "1s" };
const OPTIONS = { yes: true, keep: false, rest: [] };
const LIMIT_MS = 180_000;

function world(signal: AbortSignal, output: Output): World {
  return { output, env: { BALLAST_QUICKSTART: "simulated" }, pace: PACE, tuning: TUNING, signal };
}

describe("the quickstart without QEMU", () => {
  it(
    "lends idle memory to the guest that bursts, says that it is simulated, and leaves nothing behind",
    async () => {
      const abort = new AbortController();
      let text = "";
      const write = (part: string) => {
        text += part;
        // Told to keep the stage it stays until it is interrupted, since simulated guests live in its process.
        if (part.includes("Ctrl-C")) setImmediate(() => abort.abort());
      };
      const status = await run({ ...OPTIONS, keep: true }, world(abort.signal, { write }));
      expect(text).toMatch(/^Ballast quickstart with SIMULATED guests, no QEMU/);
      expect(text).toMatch(/lent to db1 +\d+ MiB at most/);
      expect(text).toContain("killed            web1 0, web2 0, db1 0");
      expect(text).toContain("Nobody was killed, and the budget was kept.");
      expect(text).not.toContain("\u001b");
      expect(status).toBe(0);
      const [, folder = ""] = /--socket (\S+)\/control.sock status/.exec(text) ?? [];
      expect(folder).not.toBe("");
      expect(existsSync(folder)).toBe(false);
    },
    LIMIT_MS,
  );

  it(
    "redraws a view in a terminal, and ends early with everything gone when it is interrupted",
    async () => {
      const abort = new AbortController();
      let frames = 0;
      let written = "";
      const write = (part: string) => {
        written += part;
        if (part.includes("█")) frames += 1;
        if (frames === 3) abort.abort();
      };
      const output = { isTTY: true, columns: 100, write };
      expect(await run(OPTIONS, world(abort.signal, output))).toBe(130);
      expect(written).toContain("\u001b[J");
      expect(written).toContain("Ended early");
      expect(frames).toBe(3);
    },
    LIMIT_MS,
  );

  it("explains itself and refuses what it does not know", async () => {
    let text = "";
    const write = (part: string) => {
      text += part;
    };
    const given = world(new AbortController().signal, { write });
    expect(await run({ ...OPTIONS, rest: ["help"] }, given)).toBe(0);
    expect(text).toContain("BALLAST_QUICKSTART=simulated");
    expect(await run({ ...OPTIONS, rest: ["faster"] }, given)).toBe(2);
    expect(text).toContain("unknown argument faster");
  });
});
