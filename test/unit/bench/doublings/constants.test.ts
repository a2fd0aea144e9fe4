import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { doubled, findConstants } from "../../../bench/doublings/constants.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const SOURCE = `
const PAUSE_MS = 10 * 60_000;
export const STEPS = { first: 0.5, "second-one": 2, none: 0, label: "x" } as const;
const ALIAS = PAUSE_MS;
const LONGER_MS = PAUSE_MS * 2;
let counter = 3;
function pause(): number {
  const inside = 4;
  return inside + counter + ALIAS + LONGER_MS + STEPS.first;
}
export const NAMES = new Map([["a", 1]]);
export { pause };
`;

function projectOf(source: string): { readonly config: string; readonly file: string } {
  const folder = tempFolder();
  const [config, file] = [join(folder, "tsconfig.json"), join(folder, "source.ts")];
  writeFileSync(config, JSON.stringify({ compilerOptions: { strict: true }, files: ["source.ts"] }));
  writeFileSync(file, source);
  return { config, file };
}

describe("the figures of a source file", () => {
  it("are its top-level numbers and those in constant objects: no other constant's name, no zero, nothing in functions", () => {
    const { config } = projectOf(SOURCE);
    const found = findConstants(config, () => true).map(({ name, text }) => `${name} = ${text}`);
    expect(found).toEqual([
      "PAUSE_MS = 10 * 60_000",
      "STEPS.first = 0.5",
      "STEPS.second-one = 2",
      "LONGER_MS = PAUSE_MS * 2",
    ]);
  });

  it("are doubled where they stand, and nothing else of the file changes", () => {
    const { config } = projectOf(SOURCE);
    const [pause] = findConstants(config, () => true);
    if (pause === undefined) throw new Error("nothing found");
    expect(doubled(SOURCE, pause)).toBe(SOURCE.replace("10 * 60_000", "2 * (10 * 60_000)"));
  });

  it("are looked for in the files that are asked for", () => {
    const { config } = projectOf(SOURCE);
    expect(findConstants(config, (file) => file.includes("other"))).toEqual([]);
  });
});
