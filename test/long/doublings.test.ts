/** Every figure of the policy has a unit test that fails when the figure is twice as large. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PROGRAM = `
  const { benchDoublings } = await import(${JSON.stringify(new URL("../bench/doublings.ts", import.meta.url).href)});
  process.exitCode = await benchDoublings([]);
`;

it("no figure of the policy can be doubled without a unit test that fails", async () => {
  // In a process of its own: a vitest within a vitest would share its settings.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  const args = ["--input-type=module", "--eval", PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 16 * 1024 * 1024 });
  const survivors = stdout.split("\n").filter((line) => line.startsWith("  "));
  expect(survivors).toEqual([]);
  expect(stdout).toMatch(/\n0 of [1-9]\d+ doublings survived\n$/);
});
