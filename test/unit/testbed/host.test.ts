import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Cleanup, residentBytes, startProcess } from "../../testbed/host.ts";

describe("startProcess", () => {
  let folder: string;
  const cleanup = new Cleanup();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bh-"));
    cleanup.add(async () => rmSync(folder, { recursive: true }));
  });
  afterEach(() => cleanup.run());

  it("keeps what the process prints, and tells how it ended", async () => {
    const logPath = join(folder, "log");
    const started = await startProcess("sh", ["-c", "echo words; echo more >&2; exit 4"], { logPath });
    expect(await started.ended).toBe("exit status 4");
    expect(started.isRunning()).toBe(false);
    expect(readFileSync(logPath, "utf8")).toBe("words\nmore\n");
    await started.kill();
  });

  it("kills by pid and waits for the end", async () => {
    const started = await startProcess("sleep", ["60"], { logPath: join(folder, "log") });
    expect(residentBytes(started.pid)).toBeGreaterThan(0);
    await started.kill();
    expect(await started.ended).toBe("signal SIGKILL");
    expect(residentBytes(started.pid)).toBeUndefined();
  });
});

describe("Cleanup", () => {
  it("runs all steps, the last first, also when one fails, and then tells of the failures", async () => {
    const cleanup = new Cleanup();
    const done: string[] = [];
    cleanup.add(async () => void done.push("first"));
    cleanup.add(() => Promise.reject(new Error("broken")));
    cleanup.add(async () => void done.push("last"));
    await expect(cleanup.run()).rejects.toThrow("1 cleanup steps failed");
    expect(done).toEqual(["last", "first"]);
    await cleanup.run();
  });
});
