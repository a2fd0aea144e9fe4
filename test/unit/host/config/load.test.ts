import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../../../host/src/config/load.ts";
import { formatProblem } from "../../../../host/src/config/problem.ts";

const folder = mkdtempSync(join(tmpdir(), "ballast-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function problemsOf(path: string): Promise<string[]> {
  const result = await loadConfig(path);
  return result.ok ? [] : result.problems.map(formatProblem);
}

function fileOf(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe("loadConfig", () => {
  it("reads a file and names it in problems", async () => {
    expect((await loadConfig(fileOf("good.yaml", "mode: act\n"))).ok).toBe(true);
    const bad = fileOf("bad.yaml", "mode: on\n");
    expect(await problemsOf(bad)).toEqual([
      `${bad}:1:7: mode: "on" is not a choice here; write one of observe, act`,
    ]);
  });

  it("says that a file is missing", async () => {
    const path = join(folder, "none.yaml");
    expect(await problemsOf(path)).toEqual([
      `${path}: does not exist; create it, or name another with --config`,
    ]);
  });

  it("says that a folder or a pipe is no config file, without waiting for a writer", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const path of [folder, pipe]) {
      expect(await problemsOf(path)).toEqual([`${path}: is not a regular file; name the YAML file itself`]);
    }
  });

  it("says that a file is not text, or far too large", async () => {
    const binary = fileOf("binary", new Uint8Array([0xff, 0xfe, 0x00]));
    expect(await problemsOf(binary)).toEqual([`${binary}: is not UTF-8 text; save it as UTF-8`]);
    const large = fileOf("large", " ".repeat(2 * 1024 * 1024));
    expect(await problemsOf(large)).toEqual([
      `${large}: is too large for a config; name the YAML file itself`,
    ]);
  });

  it("says anything else with the system's code", async () => {
    const path = join(fileOf("file", ""), "beneath");
    expect(await problemsOf(path)).toEqual([`${path}: cannot be read (ENOTDIR); check the path`]);
  });
});
