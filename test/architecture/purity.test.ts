import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What the compiler lets through although it is a clock, a dice or an effect. */
const IMPURE = /\bDate\b|Math\.random|\bPromise\b|\basync\b|\bawait\b|globalThis/;

function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(ROOT, folder, name));
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
    const impure = files("host/src/policy").filter((path) => IMPURE.test(readFileSync(path, "utf8")));
    expect(impure).toEqual([]);
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
