/** Bundles a fixture that runs an agent's ticks, and says how Node is to be started to count what they leave on V8's heap. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { V8_FLAGS } from "../../guest/packaging/executable.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/**
 * The agent's flags, and a heap where nothing is collected in between: the young generation holds all of it. TurboFan, which the executable
 * does without, leaves out the numbers that Maglev allocates (some forty a tick): so no object can hide among them.
 */
export const ROUNDS_FLAGS: readonly string[] = [
  ...V8_FLAGS,
  "--opt",
  "--expose-gc",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
];
/** Everything stays in V8's interpreter. */
export const UNCOMPILED_FLAGS: readonly string[] = ["--no-sparkplug", "--no-maglev", "--no-opt"];

/** What the fixture prints. */
export interface CountedRounds {
  readonly roundBytes: number;
  readonly live: boolean;
}

export interface RoundsFixture {
  readonly name: "sample-rounds-linux" | "sample-rounds-fake-windows" | "sample-rounds-windows";
  readonly platform: "linux" | "win32";
  /** The native library, laid beside the program; absent: a fake stands in for it. */
  readonly koffi: string | undefined;
}

/** Gives the program's path. */
export async function bundleRounds(
  { name, platform, koffi }: RoundsFixture,
  folder: string,
): Promise<string> {
  if (koffi !== undefined) copyFileSync(koffi, join(folder, "koffi.node"));
  const program = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [path(`../fixtures/${name}.ts`)],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    external: koffi === undefined ? [] : ["koffi"],
    define: { "process.platform": JSON.stringify(platform) },
    alias: {
      "@ballast/proto": path("../../proto/src/index.ts"),
      ...(koffi === undefined && { koffi: path("../fixtures/fake-windows.ts") }),
    },
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return program;
}
