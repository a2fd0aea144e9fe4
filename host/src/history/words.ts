/** Names and reasons as numbers, kept in the history's file. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { REASONS, REGIMES } from "../model/plan.ts";
import type { Words } from "./codec.ts";

/** Their numbers must fit into two bytes, so they come before any guest's name. */
const FIRST: readonly string[] = [...REASONS, ...REGIMES, "none", "low", "moderate", "critical"];

export class StoredWords implements Words {
  readonly #database: DatabaseSync;
  readonly #add: StatementSync;
  #numbers = new Map<string, number>();
  #words = new Map<number, string>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#add = database.prepare("INSERT INTO words (word) VALUES (?)");
    this.forget();
    for (const word of FIRST) this.numberOf(word);
  }

  numberOf(word: string): number {
    return this.#numbers.get(word) ?? this.#learn(word, Number(this.#add.run(word).lastInsertRowid));
  }

  wordOf(number: number): string | undefined {
    return this.#words.get(number);
  }

  /** The word's number; undefined: it was never written. */
  known(word: string): number | undefined {
    return this.#numbers.get(word);
  }

  /** What was not committed is forgotten. */
  forget(): void {
    this.#numbers = new Map();
    this.#words = new Map();
    for (const { number, word } of this.#database.prepare("SELECT number, word FROM words").all())
      this.#learn(String(word), Number(number));
  }

  #learn(word: string, number: number): number {
    this.#numbers.set(word, number);
    this.#words.set(number, word);
    return number;
  }
}
