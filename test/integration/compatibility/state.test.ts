/** What brokers of earlier releases left on disk opens. */
import { chmodSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readTokens } from "../../../host/src/config/tokens/token-store.ts";
import { readGuest } from "../../../host/src/history/reader.ts";
import { HistoryStore } from "../../../host/src/history/store.ts";
import { GIB, MIB } from "../../../host/src/model/bytes.ts";
import type { GuestHistory } from "../../../host/src/model/history.ts";
import { createKsmRecord } from "../../../host/src/state/ksm-record-file.ts";
import { createManualTargetFile } from "../../../host/src/state/manual-target-file.ts";
import { BEGIN_MS } from "../../fakes/history-samples.ts";
import { pathOf, releasesWith, unpacked } from "../../fakes/kept-releases.ts";
import { tempFolder } from "../../fakes/temp-folder.ts";

const TWO_HOURS_MS = 2 * 3_600_000;

describe.each(releasesWith("state"))("the state folder of release %s", (release) => {
  const folder = tempFolder();
  cpSync(pathOf(release, "state"), folder, { recursive: true });
  const told: unknown[] = [];
  const tell = (...words: unknown[]) => void told.push(words);
  const log = { debug: tell, info: tell, warn: tell, error: tell };

  it("has its manual targets", () => {
    expect(createManualTargetFile(join(folder, "holds.json"), log).load()).toEqual({
      web1: { targetBytes: 300 * MIB },
      db1: { targetBytes: GIB, untilWallMs: Date.UTC(2100, 0, 1) },
    });
    expect(told).toEqual([]);
  });

  it("has what KSM was before, and that the admin said off", () => {
    const record = createKsmRecord({ path: join(folder, "ksm.json"), folder: "/sys/kernel/mm/ksm", log });
    expect(record.load()).toMatchObject({
      found: { run: 0, pagesToScan: 100, sleepMs: 20 },
      manualOff: true,
      switchedOff: { web1: 4711 },
    });
    expect(told).toEqual([]);
  });

  it("has its agents' tokens", async () => {
    const path = join(folder, "tokens.yaml");
    chmodSync(path, 0o600);
    expect(await readTokens(path)).toMatchObject([
      { guest: "web1", sha256: "a".repeat(64) },
      { guest: "db1", sha256: "b".repeat(64) },
    ]);
  });
});

describe.each(releasesWith("history.db.gz"))("the history of release %s", (release) => {
  const path = join(tempFolder(), "history.db");
  writeFileSync(path, unpacked(release, "history.db"));

  it("tells what it told, and is gone on with", async () => {
    const told = JSON.parse(unpacked(release, "history.json").toString()) as GuestHistory;
    const store = new HistoryStore(path, GIB);
    onTestFinished(() => store.close());
    const [from, until] = [BEGIN_MS, BEGIN_MS + TWO_HOURS_MS];
    expect(await readGuest(store, "web1", from, until, until)).toEqual(told);
    store.write({ atMs: until - 1, host: {}, guests: [], moves: [], hotCaches: [] });
    expect(store.newestMs()).toBeGreaterThan(until - TWO_HOURS_MS);
    expect(await readGuest(store, "web1", from, until, until)).toEqual(told);
  });
});
