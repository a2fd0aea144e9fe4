import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What the compiler lets through although it is a clock, a dice or an effect. */
const IMPURE = /\bDate\b|Math\.random|\bPromise\b|\basync\b|\bawait\b|globalThis/;

function impureFiles(folder: string): string[] {
  const paths = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(ROOT, folder, name));
  expect(paths.length).toBeGreaterThan(10);
  return paths.filter((path) => IMPURE.test(readFileSync(path, "utf8")));
}

describe("the policy", () => {
  it.each(["host/src/policy/tsconfig.json", "host/src/model/tsconfig.json"])(
    "is compiled without Node: %s",
    (path) => {
      const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, path), "utf8"));
      expect(compilerOptions.types).toEqual([]);
      expect(compilerOptions.lib).toEqual(["ES2023"]);
    },
  );

  it("uses no clock, no dice and no promises", () => {
    expect(impureFiles("host/src/policy")).toEqual([]);
  });
});

describe("the simulator", () => {
  it("uses no clock, no dice and no promises: the same seed gives the same world", () => {
    expect(impureFiles("host/src/simulate")).toEqual([]);
  });
});

describe("sources", () => {
  it("have no default exports and no re-exports but the packages' own", () => {
    const roots = ["host/src", "guest/src", "proto/src"];
    const all = roots.flatMap((root) =>
      readdirSync(join(ROOT, root), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.name.endsWith(".ts") && entry.name !== "index.ts")
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    const bad = all.filter((path) =>
      /^export default|^export (\*|\{[^}]*\}) from/m.test(readFileSync(path, "utf8")),
    );
    expect(bad).toEqual([]);
  });
});
