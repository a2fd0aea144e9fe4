/** The file of the history: opened so that a crash loses nothing that was committed, and set aside where it is damaged. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { HistoryError } from "../model/history.ts";

/** Raised where the tables change: a file of another version is set aside. */
const VERSION = 2;
/** SQLite's result codes (sqlite.org/rescode.html). */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);
const BUSY = 5;
/** Another connection that closes holds the whole file until its last pages are on the disk. For a broker that has not begun. */
export const START_PATIENCE_MS = 2000;
/** The broker's loop stands still meanwhile: a demand waits no longer than this for a file that another program holds. */
export const PATIENCE_MS = 50;

const SCHEMA = `
  CREATE TABLE words (number INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE points_10s (at INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT;
  CREATE TABLE points_1m (at INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT;
  CREATE TABLE points_1h (at INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT;
  CREATE TABLE moves (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, guest INTEGER NOT NULL,
    from_bytes INTEGER, to_bytes INTEGER NOT NULL, reason INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX moves_of_guest ON moves (guest, at);
  CREATE INDEX moves_by_time ON moves (at);
  PRAGMA user_version = ${VERSION};
`;
/** Tables that a file of this version may lack: releases before did not have them. */
const LATER = `
  CREATE TABLE IF NOT EXISTS peaks (at INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS hot_caches (
    guest INTEGER PRIMARY KEY, boot TEXT NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL
  ) STRICT;
`;

/** Node 24 has SQLite inside, 20 has not. */
function sqlite(): typeof import("node:sqlite") | undefined {
  return process.getBuiltinModule?.("node:sqlite");
}

/**
 * Opens the file, or makes it. WAL with `synchronous = NORMAL`: a crash of the broker loses nothing that was committed, one of the
 * machine no more than the last commits (sqlite.org/wal.html).
 * `patienceMs`: how long a file is waited for that another program holds; once it is open, {@link PATIENCE_MS} for each write.
 * @throws {HistoryError} `HISTORY_MISSING` without SQLite, `HISTORY_DAMAGED` where the file is not a history, else `HISTORY_FAILED`.
 */
export function openDatabase(path: string, patienceMs: number): DatabaseSync {
  const module = sqlite();
  if (module === undefined)
    throw new HistoryError(
      "HISTORY_MISSING",
      `Node ${process.version} has no SQLite: run ballastd on Node 24`,
    );
  return failing(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    closeSync(openSync(path, "a", 0o600));
    const database = new module.DatabaseSync(path, { timeout: patienceMs });
    try {
      prepare(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** A file of another kind is not touched. */
function prepare(database: DatabaseSync): void {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]);
  if (version !== VERSION && (version !== 0 || tables > 0))
    throw new HistoryError("HISTORY_DAMAGED", `it has version ${String(version)}, not ${VERSION}`);
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 8388608; PRAGMA cache_size = -2000;",
  );
  if (version !== VERSION) database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
  database.exec(LATER);
  database.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
}

/** Renames a damaged file, over an earlier one. Returns its new path. */
export function setAside(path: string): string {
  const aside = `${path}.damaged`;
  renameSync(path, aside);
  for (const suffix of ["-wal", "-shm"]) {
    rmSync(`${aside}${suffix}`, { force: true });
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
  }
  return aside;
}

/** Runs `work`; what it throws becomes a {@link HistoryError}. */
export function failing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof HistoryError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const code = resultCode(error);
    if (code !== undefined && DAMAGED.has(code))
      throw new HistoryError("HISTORY_DAMAGED", `${path} is damaged (${why})`, error);
    const advice =
      code === BUSY ? "end the program that holds it" : "make room there, or set state to another folder";
    throw new HistoryError("HISTORY_FAILED", `${path} cannot be written (${why}): ${advice}`, error);
  }
}

/** SQLite's primary result code: the lowest byte of an extended one. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
}
