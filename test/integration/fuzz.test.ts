/** The fuzzer finds what is planted for it, and what it once found stays mended. */
import { describe, expect, it } from "vitest";
import { readCorpus } from "../fuzz/corpus.ts";
import { MOST_INPUT_BYTES, mutate } from "../fuzz/mutate.ts";
import { Random } from "../fuzz/random.ts";
import { fuzz } from "../fuzz/session.ts";
import type { FuzzTarget } from "../fuzz/target.ts";
import { moduleOf, TARGETS } from "../fuzz/targets.ts";

/** Far longer than any of them needs: their ends are seen, not waited for. */
const PATIENCE_MS = 250_000;

const toy = (name: string) => ({
  target: `toy-${name}`,
  module: new URL(`../fuzz/toys/${name}.ts`, import.meta.url),
  seed: 1,
  durationMs: PATIENCE_MS,
});

describe("the fuzzer", { timeout: PATIENCE_MS + 30_000 }, () => {
  it("is led by what it reaches: it finds a fault behind five letters in a row", async () => {
    const { fault, found } = await fuzz(toy("maze"));
    expect(Buffer.from(fault?.input.subarray(0, 5) ?? []).toString()).toBe("balla");
    expect(fault?.problem).toContain("the end of the way");
    expect(found.length).toBeGreaterThanOrEqual(3);
  });

  it("names the input that never ends", async () => {
    const { fault } = await fuzz({ ...toy("endless"), hungMs: 3000 });
    expect(fault?.problem).toBe("has not ended after 3000 ms");
    expect(fault?.input[0]).toBe(0);
  });

  it("ends at an input that takes too much memory", async () => {
    const { fault } = await fuzz(toy("greedy"));
    expect(fault?.problem).toMatch(/memory|ms/);
  });

  it("changes inputs in the same way for the same seed, and within bounds", () => {
    const changes = (seed: number) => {
      const random = new Random(seed);
      let input: Uint8Array = Buffer.from("MemTotal: 1 kB\n");
      return Array.from({ length: 500 }, () => {
        input = mutate(input, input, [Buffer.from("kB")], random);
        expect(input.length).toBeLessThanOrEqual(MOST_INPUT_BYTES);
        return Buffer.from(input).toString("hex");
      });
    };
    expect(changes(7)).toEqual(changes(7));
    expect(changes(7)).not.toEqual(changes(8));
  });
});

describe.each(TARGETS)("the reader %s", (name) => {
  it("keeps its promises for its seeds and for every input of its corpus", async () => {
    const { target } = (await import(moduleOf(name).href)) as { readonly target: FuzzTarget };
    const inputs = [...target.seeds, ...readCorpus(name)];
    expect(inputs.length).toBeGreaterThan(1);
    for (const input of inputs) await target.run(input);
  });
});
