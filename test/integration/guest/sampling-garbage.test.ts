/** What looking at a guest's memory leaves to the garbage collector, counted in bytes on V8's heap and not in time. */
import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { targetOf } from "../../../guest/packaging/targets.ts";
import {
  bundleRounds,
  type CountedRounds,
  ROUNDS_FLAGS,
  UNCOMPILED_FLAGS,
} from "../../fakes/agent-rounds.ts";
import { tempFolder } from "../../fakes/temp-folder.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** A program to be run with words of its own and the ticks to run before any are counted. */
interface Rounds {
  readonly program: string;
  readonly words: readonly string[];
}

async function onLinux(): Promise<Rounds> {
  const folder = tempFolder();
  // 24 GB: no figure fits into 31 bits, so that V8 allocates for each of them wherever it allocates for numbers at all.
  cpSync(path("../../fixtures/proc/6.18-deflate-on-oom"), folder, { recursive: true });
  const { koffi, koffiPath } = targetOf("linux-x64");
  const library = path(`../../../node_modules/${koffi.name}/${koffiPath}`);
  const fixture = { name: "sample-rounds-linux", platform: "linux", koffi: library } as const;
  const pipe = join(folder, "pipe");
  spawnSync("mkfifo", [pipe]);
  return { program: await bundleRounds(fixture, folder), words: [folder, pipe] };
}

async function onWindows(): Promise<Rounds> {
  const fixture = { name: "sample-rounds-fake-windows", platform: "win32", koffi: undefined } as const;
  return { program: await bundleRounds(fixture, tempFolder()), words: [] };
}

/** Bytes that one tick of the agent leaves, after so many ticks. */
function roundBytes({ program, words }: Rounds, flags: readonly string[], warmUpRounds: number): number {
  const all = [...ROUNDS_FLAGS, ...flags, program, ...words, `${warmUpRounds}`];
  const { stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
  expect(stderr).toBe("");
  const told = JSON.parse(stdout) as CountedRounds;
  expect(told.live).toBe(true);
  return told.roundBytes;
}

describe.each([
  { system: "Linux", open: onLinux },
  // Without koffi itself, which under wine is seen to add nothing (long/wine.test.ts).
  { system: "Windows, page lists and port included,", open: onWindows },
])("a tick of the agent on $system that finds nothing to tell", ({ open }) => {
  it("leaves no object once V8 has compiled what runs often, and no more than two numbers of 16 bytes", async () => {
    expect(roundBytes(await open(), [], 40_000)).toBeLessThanOrEqual(32);
  });

  it("leaves little more before that than the fractions and large numbers that V8's interpreter allocates", async () => {
    expect(roundBytes(await open(), UNCOMPILED_FLAGS, 100)).toBeLessThanOrEqual(3200);
  });
});
