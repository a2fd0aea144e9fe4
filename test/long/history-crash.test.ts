/** Real brokers whose history is written while they are killed, while its disk is full, read-only or while its file is damaged. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { FINE } from "../../host/src/history/levels.ts";
import { HistoryStore } from "../../host/src/history/store.ts";
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { FakeQemu } from "../fakes/fake-qemu.ts";
import { killAfterFirstLine } from "../fakes/history-kills.ts";
import { BEGIN_MS } from "../fakes/history-samples.ts";
import { LivelyAgent } from "../fakes/lively-agent.ts";
import { socketFolder } from "../fakes/socket-folder.ts";
import { configText, TestBroker } from "../testbed/broker.ts";

const KILLS = 200;
const HASTY = fileURLToPath(new URL("../fakes/hasty-ballastd.ts", import.meta.url));
const isRoot = process.getuid?.() === 0;
const PATIENCE = { timeout: 30_000, interval: 50 };
/** A sample is written each ten seconds. */
const NEXT_SAMPLE = { timeout: 60_000, interval: 200 };
const TUNING = { bootProtect: "1ms", tick: "100ms" };

/** A broker's folder with one fake guest. */
async function aFolder() {
  const folder = socketFolder();
  const guest = { name: "web1", qmpPath: join(folder, "g.qmp"), agentPath: join(folder, "g.agent") };
  const qemu = await FakeQemu.start({ path: guest.qmpPath });
  onTestFinished(() => qemu.close());
  const agent = await LivelyAgent.listen(guest.agentPath, qemu.machine);
  const state = join(folder, "state");
  mkdirSync(state);
  return {
    folder,
    qemu,
    agent,
    state,
    options: { folder, guests: [guest], budgetMib: 512, accounting: "strict" as const, tuning: TUNING },
  };
}

type Place = Awaited<ReturnType<typeof aFolder>>;

async function start({ options }: Place): Promise<TestBroker> {
  const broker = await TestBroker.start(options);
  onTestFinished(() => broker.stop());
  return broker;
}

/** Idle memory is taken from the guest as soon as its agent is there: balancing goes on. */
async function expectBalancing(broker: TestBroker, { agent }: Place): Promise<void> {
  await agent.live();
  const isTaken = ({ actualBytes = 0 }: GuestStatus) => actualBytes > 0 && actualBytes < 450 * MIB;
  await broker.until("web1", "squeezed", isTaken, PATIENCE.timeout);
}

async function toldOf(broker: TestBroker): Promise<string[]> {
  return (await broker.events()).filter(({ kind }) => kind === "history").map(({ text }) => text);
}

const untilTold = (broker: TestBroker, what: RegExp) =>
  vi.waitUntil(async () => (await toldOf(broker)).some((text) => what.test(text)), NEXT_SAMPLE);

/** A file system of 1 MiB; it is gone after the test. */
function mountOn(folder: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
}

/** The newest step of a copy of the file, so that the next broker finds it as the killed one left it. */
function newestAfterCrash(path: string): number {
  const copy = join(socketFolder(), "history.db");
  for (const suffix of ["", "-wal", "-shm"])
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, `${copy}${suffix}`);
  const database = new DatabaseSync(copy);
  const health = database.prepare("PRAGMA integrity_check").all();
  database.close();
  expect(health).toEqual([{ integrity_check: "ok" }]);
  const store = new HistoryStore(copy, GIB);
  const newest = store.newestMs() ?? Number.NaN;
  store.close();
  return newest;
}

describe("a broker that is killed while it writes its history", () => {
  it(`loses no sample that was written, at ${KILLS} random moments`, async () => {
    const { folder, state, options } = await aFolder();
    const config = join(folder, "ballastd.yaml");
    writeFileSync(config, configText({ ...options, logLevel: "error" }, join(folder, "control.sock")));
    const path = join(state, "history.db");
    let wallMs = BEGIN_MS;
    let newest = Number.NaN;
    let samples = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const lines = await killAfterFirstLine([HASTY, config, String(wallMs)]);
      const committed = lines.slice(1).map(Number);
      newest = existsSync(path) ? newestAfterCrash(path) : newest;
      // The sample that was being written may be there as well.
      if (committed.length > 0) expect(newest).toBeGreaterThanOrEqual(committed.at(-1) ?? Number.NaN);
      samples += committed.length;
      wallMs = Number.isNaN(newest) ? wallMs : newest + FINE.stepMs;
    }
    expect(existsSync(`${path}.damaged`)).toBe(false);
    const store = new HistoryStore(path, GIB);
    onTestFinished(() => store.close());
    const rows = store.rows(FINE, 0, Number.MAX_SAFE_INTEGER, 1e6);
    expect(rows).toHaveLength((newest - BEGIN_MS) / FINE.stepMs + 1);
    expect(rows.length).toBeGreaterThanOrEqual(samples);
    expect(samples).toBeGreaterThan(KILLS);
  });
});

describe("a broker whose history cannot be written", () => {
  it("says that its file is damaged, sets it aside, begins anew and goes on balancing", async () => {
    const place = await aFolder();
    const path = join(place.state, "history.db");
    writeFileSync(path, "no database at all ".repeat(500));
    const broker = await start(place);
    await untilTold(broker, /is set aside as .*history\.db\.damaged, and a new history begins/);
    expect(readFileSync(`${path}.damaged`, "utf8")).toMatch(/^no database at all /);
    await vi.waitUntil(async () => (await broker.history("web1")).points.length > 0, NEXT_SAMPLE);
    await expectBalancing(broker, place);
  });

  it.skipIf(!isRoot)(
    "says that its disk is full, goes on balancing, and writes again (needs root)",
    async () => {
      const place = await aFolder();
      mountOn(place.state);
      const broker = await start(place);
      expect(await toldOf(broker)).toEqual([]);
      const filler = join(place.state, "filler");
      expect(() => writeFileSync(filler, Buffer.alloc(2 * MIB))).toThrow(/ENOSPC/);
      await untilTold(broker, /^no history is kept, balancing goes on: .*full.*make room there/);
      await expectBalancing(broker, place);
      rmSync(filler);
      await untilTold(broker, /^the history is written again$/);
      expect(await toldOf(broker)).toHaveLength(2);
    },
  );

  it.skipIf(!isRoot)(
    "says that its disk is read-only, goes on balancing, and writes when it can (needs root)",
    async () => {
      const place = await aFolder();
      mountOn(place.state);
      execFileSync("mount", ["-o", "remount,ro", place.state]);
      const broker = await start(place);
      await untilTold(broker, /^no history is kept, balancing goes on: .*set state to another folder/);
      await expectBalancing(broker, place);
      execFileSync("mount", ["-o", "remount,rw", place.state]);
      await untilTold(broker, /^the history is written again$/);
      await vi.waitUntil(async () => (await broker.history("web1")).points.length > 0, NEXT_SAMPLE);
    },
  );
});
