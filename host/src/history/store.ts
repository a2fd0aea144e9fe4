/** The history in its file: written in one transaction a sample, condensed and pruned as time passes, bounded in bytes. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { HistorySample, RecordedMove } from "../model/history.ts";
import type { Reason } from "../model/plan.ts";
import { Checkpointer } from "./checkpointer.ts";
import { encodeRow, guestsOf, hostOf } from "./codec.ts";
import { condense, type Row } from "./condense.ts";
import { failing, openDatabase, START_PATIENCE_MS } from "./database.ts";
import { HotCacheTable } from "./hot-cache-table.ts";
import type { StoredHotCache } from "./hot-caches.ts";
import { decodePeaks, encodePeaks, type HourPeak, hourPeaks } from "./hour-peaks.ts";
import { FINE, HOURS, LEVELS, type Level, MINUTES, MOVES_KEPT_MS, PEAKS_KEPT_MS, stepOf } from "./levels.ts";
import { StoredWords } from "./words.ts";

/** Where the file is too large, each table loses this share of its rows, the oldest first. */
const DROPPED_SHARE = 0.1;

/** Ten minutes: about 4 MiB of 200 guests. */
const WRITES_PER_CHECKPOINT = 60;
/** SQLite's own default. */
const PAGES_PER_CHECKPOINT = 1000;

/** A row as it is stored. */
export interface StoredRow {
  readonly atMs: number;
  readonly row: Uint8Array;
}

export class HistoryStore {
  readonly path: string;
  readonly words: StoredWords;
  readonly #database: DatabaseSync;
  readonly #mostBytes: number;
  readonly #addMove: StatementSync;
  readonly #hotCaches: HotCacheTable;
  /** Undefined: its thread has failed, so SQLite checkpoints within a write. */
  #checkpointer: Checkpointer | undefined;
  #writes = 0;
  #lastAtMs: number | undefined;

  /** @throws {HistoryError} as {@link openDatabase} does. */
  constructor(path: string, mostBytes: number, patienceMs = START_PATIENCE_MS) {
    this.path = path;
    this.#mostBytes = mostBytes;
    this.#database = openDatabase(path, patienceMs);
    this.words = failing(path, () => new StoredWords(this.#database));
    this.#addMove = this.#database.prepare(
      "INSERT INTO moves (at, guest, from_bytes, to_bytes, reason) VALUES (?, ?, ?, ?, ?)",
    );
    this.#hotCaches = new HotCacheTable(this.#database, this.words);
    this.#lastAtMs = failing(path, () => this.#newest(FINE));
    this.#database.exec("PRAGMA wal_autocheckpoint = 0");
    this.#checkpointer = new Checkpointer(path, () => this.#checkpointHere());
  }

  /**
   * Writes one sample, in one transaction with all that follows from it.
   * @throws {HistoryError} then nothing of it is written.
   */
  write(sample: HistorySample): void {
    failing(this.path, () => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        this.#write(sample);
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        this.words.forget();
        throw error;
      }
      this.#lastAtMs = sample.atMs;
    });
    this.#writes += 1;
    if (this.#writes % WRITES_PER_CHECKPOINT === 0) this.#checkpointer?.checkpoint();
  }

  /** Begin of the newest step; undefined: nothing was written. */
  newestMs(): number | undefined {
    return this.#newest(FINE);
  }

  /** Bytes that the file's content takes. */
  usedBytes(): number {
    const number = (pragma: string) => Number(this.#database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
    return (number("page_count") - number("freelist_count")) * number("page_size");
  }

  /** At most `limit` rows of a level from `fromMs` to before `untilMs`, oldest first. */
  rows({ table }: Level, fromMs: number, untilMs: number, limit: number): StoredRow[] {
    return failing(this.path, () =>
      this.#database
        .prepare(`SELECT at, row FROM ${table} WHERE at >= ? AND at < ? ORDER BY at LIMIT ?`)
        .all(fromMs, untilMs, limit)
        .map(({ at, row }) => ({ atMs: Number(at), row: row as Uint8Array })),
    );
  }

  /** The last moves of a guest within a time, at most `limit`, oldest first. */
  moves(name: string, sinceMs: number, untilMs: number, limit: number): RecordedMove[] {
    return failing(this.path, () =>
      this.#database
        .prepare(
          "SELECT at, from_bytes, to_bytes, reason FROM moves WHERE guest = ? AND at >= ? AND at <= ? ORDER BY at DESC, id DESC LIMIT ?",
        )
        .all(this.words.known(name) ?? -1, sinceMs, untilMs, limit)
        .map((move) => ({
          atMs: Number(move["at"]),
          name,
          ...(move["from_bytes"] !== null && { fromBytes: Number(move["from_bytes"]) }),
          toBytes: Number(move["to_bytes"]),
          reason: (this.words.wordOf(Number(move["reason"])) ?? "steady") as Reason,
        }))
        .reverse(),
    );
  }

  /** The most that each guest used in the hour that begins then. */
  peaks(hourMs: number): HourPeak[] {
    return failing(this.path, () => {
      const found = this.#database.prepare("SELECT row FROM peaks WHERE at = ?").get(hourMs);
      return found === undefined ? [] : decodePeaks(found["row"] as Uint8Array, this.words);
    });
  }

  /** Hot caches that were learned within a day before then. */
  hotCaches(nowMs: number): StoredHotCache[] {
    return failing(this.path, () => this.#hotCaches.read(nowMs));
  }

  close(): void {
    this.#checkpointer?.close();
    failing(this.path, () => this.#database.close());
  }

  #checkpointHere(): void {
    this.#checkpointer = undefined;
    if (this.#database.isOpen) this.#database.exec(`PRAGMA wal_autocheckpoint = ${PAGES_PER_CHECKPOINT}`);
  }

  #write({ atMs, host, guests, moves, hotCaches }: HistorySample): void {
    const before = this.#lastAtMs;
    if (before !== undefined) this.#condense(before, atMs);
    this.#put(FINE, stepOf(atMs, FINE), this.#joined(stepOf(atMs, FINE), { host, guests }));
    for (const { atMs: movedAtMs, name, fromBytes, toBytes, reason } of moves)
      this.#addMove.run(
        Math.round(movedAtMs),
        this.words.numberOf(name),
        fromBytes ?? null,
        toBytes,
        this.words.numberOf(reason),
      );
    this.#hotCaches.write(hotCaches, atMs);
    this.#prune(atMs);
  }

  /** A broker that was restarted within a step goes on with what the step has. */
  #joined(stepMs: number, row: Row): Row {
    const [earlier] = this.rows(FINE, stepMs, stepMs + 1, 1);
    return earlier === undefined ? row : condense([this.decode(earlier.row), row]);
  }

  /** A minute or an hour that is over becomes one row. */
  #condense(beforeMs: number, atMs: number): void {
    for (const [fine, coarse] of [
      [FINE, MINUTES],
      [MINUTES, HOURS],
    ] as const) {
      const fromMs = stepOf(beforeMs, coarse);
      if (fromMs === stepOf(atMs, coarse)) return;
      const rows = this.rows(fine, fromMs, fromMs + coarse.stepMs, coarse.stepMs / fine.stepMs);
      if (rows.length === 0) continue;
      const decoded = rows.map(({ row }) => this.decode(row));
      this.#put(coarse, fromMs, condense(decoded));
      if (coarse === HOURS) this.#putRow("peaks", fromMs, encodePeaks(hourPeaks(decoded), this.words));
    }
  }

  /** A row as points. */
  decode(row: Uint8Array): Row {
    return { host: hostOf(row, this.words) ?? {}, guests: guestsOf(row, this.words) };
  }

  #put({ table }: Level, atMs: number, { host, guests }: Row): void {
    this.#putRow(table, atMs, encodeRow(host, guests, this.words));
  }

  #putRow(table: string, atMs: number, row: Uint8Array): void {
    this.#database.prepare(`INSERT OR REPLACE INTO ${table} (at, row) VALUES (?, ?)`).run(atMs, row);
  }

  #prune(nowMs: number): void {
    for (const { table, keptMs } of LEVELS)
      this.#database.prepare(`DELETE FROM ${table} WHERE at < ?`).run(nowMs - keptMs);
    this.#database.prepare("DELETE FROM moves WHERE at < ?").run(nowMs - MOVES_KEPT_MS);
    this.#database.prepare("DELETE FROM peaks WHERE at < ?").run(nowMs - PEAKS_KEPT_MS);
    if (this.usedBytes() > this.#mostBytes) this.#dropOldest();
  }

  #dropOldest(): void {
    for (const table of [...LEVELS.map((level) => level.table), "moves", "peaks"]) {
      const rows = Number(this.#database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
      const dropped = Math.ceil(rows * DROPPED_SHARE);
      this.#database
        .prepare(`DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} ORDER BY at LIMIT ?)`)
        .run(dropped);
    }
  }

  #newest({ table }: Level): number | undefined {
    const at = this.#database.prepare(`SELECT max(at) AS at FROM ${table}`).get()?.["at"];
    return at === null || at === undefined ? undefined : Number(at);
  }
}
