/** Which parts of the program an input reached, from V8's own block counts (Chrome DevTools Protocol, domain Profiler). */
import { type Profiler, Session } from "node:inspector";

/** Tells what was reached since it was last looked at. Only files whose address contains one of `folders` count. */
export class Coverage {
  readonly #session = new Session();
  /** Of each function, which of its characters belong to a block that ran. */
  readonly #reached = new Map<string, Uint8Array>();
  readonly #folders: readonly string[];
  #places = 0;

  constructor(folders: readonly string[]) {
    this.#folders = folders;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Number of different places reached so far: functions, and parts of functions. */
  get places(): number {
    return this.#places;
  }

  /** Whether anything was reached since the last call that was never reached before; `keep` remembers it. */
  takeNew(keep: boolean): boolean {
    let isNew = false;
    for (const { scriptId, url, functions } of this.#take()) {
      if (!this.#folders.some((folder) => url.includes(folder))) continue;
      for (const { ranges } of functions) isNew = this.#compare(scriptId, ranges, keep) || isNew;
    }
    return isNew;
  }

  /** Ranges lie within each other, the outer first; where an inner one says nothing, the outer one's count stands. */
  #compare(scriptId: string, ranges: readonly Profiler.CoverageRange[], keep: boolean): boolean {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return false;
    const { startOffset: start, endOffset: end } = whole;
    const key = `${scriptId}:${start}:${end}`;
    const before = this.#reached.get(key) ?? new Uint8Array(end - start);
    const now = new Uint8Array(end - start);
    for (const { startOffset, endOffset, count } of ranges)
      now.fill(count > 0 ? 1 : 0, startOffset - start, endOffset - start);
    const isNew = now.some((ran, at) => ran > (before[at] ?? 0));
    if (!isNew || !keep) return isNew;
    for (const [at, ran] of now.entries()) if (ran > 0) before[at] = 1;
    this.#reached.set(key, before);
    this.#places += 1;
    return true;
  }

  #take(): readonly Profiler.ScriptCoverage[] {
    // A session within its own thread answers before `post` returns.
    let result: readonly Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error === null) result = answer.result;
    });
    return result;
  }

  stop(): void {
    this.#session.disconnect();
  }
}
