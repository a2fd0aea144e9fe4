/** The history's file after crashes of its writer, on a full disk and with garbage in it. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { HotCaches } from "../../../../host/src/history/hot-caches.ts";
import { HistoryRecorder } from "../../../../host/src/history/recorder.ts";
import { HistoryStore } from "../../../../host/src/history/store.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import { STATUS } from "../../../fakes/fake-control-service.ts";
import { killWriter } from "../../../fakes/history-kills.ts";
import { BEGIN_MS, STEP_MS } from "../../../fakes/history-samples.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

/** `test/long/history-crash.test.ts` kills a whole broker, and more often. */
const KILLS = 5;

function recorderIn(folder: string, wallMs = () => BEGIN_MS, mostBytes = GIB) {
  const told: string[] = [];
  const hotCaches = new HotCaches(() => 0);
  const recorder = new HistoryRecorder({
    path: join(folder, "history.db"),
    mostBytes,
    source: { status: () => STATUS, moves: () => [], hotCaches: () => [] },
    wallMs,
    hotCaches,
    note: (_level, text) => void told.push(text),
  });
  onTestFinished(() => recorder.stop());
  return { recorder, told, hotCaches };
}

describe("a history whose writer is killed at random moments", () => {
  it(`opens again with every step that was committed (${KILLS} times)`, { timeout: 60_000 }, async () => {
    const path = join(tempFolder(), "history.db");
    for (let kill = 0; kill < KILLS; kill++) {
      const { committed, kept } = await killWriter(path);
      expect(kept).toBeGreaterThanOrEqual(committed);
    }
  });
});

/** A program that has the whole file until it is told to let go, or for a time. */
async function holdFile(path: string, forMs?: number): Promise<() => Promise<number>> {
  const program = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { DatabaseSync } = require("node:sqlite");
    const database = new DatabaseSync(workerData.path);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE words SET word = word");
    parentPort.postMessage("held");
    if (workerData.forMs !== undefined) setTimeout(() => process.exit(), workerData.forMs);
    parentPort.on("message", () => {});
  `;
  const worker = new Worker(program, { eval: true, workerData: { path, forMs } });
  onTestFinished(() => void worker.terminate());
  await once(worker, "message");
  return () => worker.terminate();
}

describe("a history that another program holds", () => {
  it("is waited for where the broker begins", async () => {
    const folder = tempFolder();
    const path = join(folder, "history.db");
    new HistoryStore(path, GIB).close();
    await holdFile(path, 200);
    const { recorder, told } = recorderIn(folder);
    recorder.record();
    expect(told).toEqual([]);
    expect((await recorder.guest("web1", BEGIN_MS - 1000, BEGIN_MS + 1000))?.points).toHaveLength(1);
  });

  it("is told as held, and written again when it is free", async () => {
    const folder = tempFolder();
    const path = join(folder, "history.db");
    new HistoryStore(path, GIB).close();
    const letGo = await holdFile(path);
    const { recorder, told } = recorderIn(folder);
    recorder.record();
    expect(told).toEqual([
      expect.stringMatching(/^no history is kept, balancing goes on: .*end the program that holds it$/),
    ]);
    await letGo();
    recorder.record();
    expect(told[1]).toBe("the history is written again");
  });
});

describe("a history that is damaged", () => {
  it.each([
    ["garbage", "no database at all ".repeat(500)],
    ["of another version", undefined],
  ])("(%s) is set aside, told, and begun anew", async (_, garbage) => {
    const folder = tempFolder();
    const path = join(folder, "history.db");
    if (garbage !== undefined) writeFileSync(path, garbage);
    else {
      const { DatabaseSync } = await import("node:sqlite");
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE t (x); PRAGMA user_version = 99");
      other.close();
    }
    const before = readFileSync(path);
    const { recorder, told, hotCaches } = recorderIn(folder);
    // The broker does so before its first tick.
    recorder.recall();
    expect(hotCaches.of("web1")).toBeUndefined();
    recorder.record();
    expect(told).toEqual([
      expect.stringMatching(/is set aside as .*history\.db\.damaged, and a new history/),
    ]);
    expect(readFileSync(`${path}.damaged`).equals(before)).toBe(true);
    expect((await recorder.guest("web1", BEGIN_MS - 1000, BEGIN_MS + 1000))?.points).toHaveLength(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("is found to be damaged while it is written as well", async () => {
    const folder = tempFolder();
    const path = join(folder, "history.db");
    const first = recorderIn(folder);
    for (let i = 0; i < 50; i++) first.recorder.record();
    first.recorder.stop();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096);
    rmSync(`${path}-wal`, { force: true });
    writeFileSync(path, bytes);
    const { recorder, told } = recorderIn(folder);
    recorder.record();
    expect(told.some((text) => text.includes("a new history begins"))).toBe(true);
    expect(existsSync(`${path}.damaged`)).toBe(true);
  });
});

describe("a history that cannot be written", () => {
  it("is told once, and once more when it is written again", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "file"), "");
    const { recorder, told } = recorderIn(join(folder, "file"));
    recorder.record();
    recorder.record();
    expect(told).toEqual([
      expect.stringMatching(/^no history is kept, balancing goes on: .*make room there/),
    ]);
    rmSync(join(folder, "file"));
    recorder.record();
    expect(told.at(-1)).toBe("the history is written again");
  });

  it.skipIf(process.getuid?.() !== 0)(
    "for a full disk goes on when there is room again (needs root)",
    async () => {
      const disk = join(tempFolder(), "disk");
      mkdirSync(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
      onTestFinished(() => void execFileSync("umount", ["-l", disk]));
      let atMs = BEGIN_MS;
      const { recorder, told } = recorderIn(disk, () => atMs);
      recorder.record();
      const filler = join(disk, "filler");
      expect(() => writeFileSync(filler, Buffer.alloc(2 * MIB))).toThrow(/ENOSPC/);
      for (let i = 0; i < 500 && told.length === 0; i++) {
        atMs += STEP_MS;
        recorder.record();
      }
      expect(told).toEqual([expect.stringMatching(/no history is kept.*full/)]);
      rmSync(filler);
      atMs += STEP_MS;
      recorder.record();
      expect(told.at(-1)).toBe("the history is written again");
      expect((await recorder.guest("web1", BEGIN_MS, atMs + 1))?.points.length).toBeGreaterThan(1);
    },
  );

  it("for want of SQLite in an old Node is told once, and nothing is tried again", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const without = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    onTestFinished(() => without.mockRestore());
    const { recorder, told } = recorderIn(tempFolder());
    recorder.start();
    expect(vi.getTimerCount()).toBe(0);
    expect(told).toEqual([expect.stringMatching(/has no SQLite: run ballastd on Node 24$/)]);
  });
});
