/** What looking at a guest's memory leaves to the garbage collector, counted in bytes on V8's heap and not in time. */
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { V8_FLAGS } from "../../../guest/packaging/executable.ts";
import { targetOf } from "../../../guest/packaging/targets.ts";
import { tempFolder } from "../../fakes/temp-folder.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** Where nothing is collected in between: the young generation holds all of it. */
const MEASURING = ["--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"];
const UNCOMPILED = ["--no-sparkplug", "--no-maglev", "--no-opt"];
let folder: string;

beforeAll(async () => {
  folder = tempFolder();
  // 24 GB: no figure fits into 31 bits, so that V8 allocates for each of them wherever it allocates for numbers at all.
  cpSync(path("../../fixtures/proc/6.18-deflate-on-oom"), folder, { recursive: true });
  const { koffi, koffiPath } = targetOf("linux-x64");
  copyFileSync(path(`../../../node_modules/${koffi.name}/${koffiPath}`), join(folder, "koffi.node"));
  await build({
    entryPoints: [path("../../fixtures/sample-rounds.ts")],
    outfile: join(folder, "rounds.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["koffi"],
    alias: { "@ballast/proto": path("../../../proto/src/index.ts") },
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
});

/** Bytes that one round of the agent leaves, after so many rounds. */
function roundBytes(flags: readonly string[], warmUpRounds: number): number {
  const pipe = join(folder, `pipe-${warmUpRounds}`);
  spawnSync("mkfifo", [pipe]);
  const words = [
    ...V8_FLAGS,
    ...MEASURING,
    ...flags,
    join(folder, "rounds.mjs"),
    folder,
    pipe,
    `${warmUpRounds}`,
  ];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  expect(stderr).toBe("");
  const told = JSON.parse(stdout) as { roundBytes: number; connected: boolean };
  expect(told.connected).toBe(true);
  return told.roundBytes;
}

describe("a round of the agent that finds nothing to tell", () => {
  it("leaves no object once V8 has compiled what runs often, and no more than three numbers of 16 bytes", () => {
    expect(roundBytes([], 40_000)).toBeLessThanOrEqual(48);
  });

  it("leaves little more before that than the fractions and large numbers that V8's interpreter allocates", () => {
    expect(roundBytes(UNCOMPILED, 100)).toBeLessThanOrEqual(2500);
  });
});
