/** The table of hot caches: one row a guest, as it was learned last. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { LearnedHotCache } from "../model/history.ts";
import type { Words } from "./codec.ts";
import type { StoredHotCache } from "./hot-caches.ts";
import { HOT_CACHES_KEPT_MS, MOST_HOT_CACHES } from "./levels.ts";

export class HotCacheTable {
  readonly #words: Words;
  readonly #put: StatementSync;
  readonly #read: StatementSync;
  readonly #expire: StatementSync;
  readonly #bound: StatementSync;

  constructor(database: DatabaseSync, words: Words) {
    this.#words = words;
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO hot_caches (guest, boot, bytes, at) VALUES (?, ?, ?, ?)",
    );
    this.#read = database.prepare(
      "SELECT guest, boot, bytes, at FROM hot_caches WHERE at >= ? AND bytes >= 0 ORDER BY at DESC LIMIT ?",
    );
    this.#expire = database.prepare("DELETE FROM hot_caches WHERE at < ?");
    this.#bound = database.prepare(
      "DELETE FROM hot_caches WHERE guest IN (SELECT guest FROM hot_caches ORDER BY at DESC LIMIT -1 OFFSET ?)",
    );
  }

  /** Writes what is known now. A guest of which nothing is known now keeps what it had, until that is too old. */
  write(hotCaches: readonly LearnedHotCache[], nowMs: number): void {
    const atMs = Math.round(nowMs);
    for (const { name, bootId, bytes } of hotCaches)
      this.#put.run(this.#words.numberOf(name), bootId, Math.round(bytes), atMs);
    this.#expire.run(atMs - HOT_CACHES_KEPT_MS);
    this.#bound.run(MOST_HOT_CACHES);
  }

  /** What is not too old then. Guests whose name is not known are left out: the row is damaged. */
  read(nowMs: number): StoredHotCache[] {
    return this.#read
      .all(Math.round(nowMs) - HOT_CACHES_KEPT_MS, MOST_HOT_CACHES)
      .flatMap(({ guest, boot, bytes, at }) => {
        const name = this.#words.wordOf(Number(guest));
        return name === undefined
          ? []
          : [{ name, bootId: String(boot), bytes: Number(bytes), atMs: Number(at) }];
      });
  }
}
