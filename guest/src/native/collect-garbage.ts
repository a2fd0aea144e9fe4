/** Gives back memory that V8 would keep: what starting up took, and what short-lived objects would touch one after the other. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: Readonly<Record<string, string>>) => void;

/** Not more often than every other tick at rest. */
const YOUNG_EVERY_MS = 3500;

/** V8's collector; absent where it does not offer it. */
function collector(): Collect | undefined {
  setFlagsFromString("--expose-gc");
  // Flags set at run time show only in a new context.
  const collect: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  return typeof collect === "function" ? (collect as Collect) : undefined;
}

/** One thorough collection, some 20 ms; to be called once, after the start: about 2 MiB would stay with the agent for ever. */
export function collectStartGarbage(): void {
  collector()?.({ type: "major", execution: "sync", flavor: "last-resort" });
}

/**
 * To be called after every tick: collects the young objects now and then. New ones come to lie in the same pages again; otherwise they go
 * through all of the young generation before V8 does so.
 */
export function youngCollector(nowMs: () => number): () => void {
  const collect = collector();
  let collectedAtMs = nowMs();
  return () => {
    if (nowMs() - collectedAtMs < YOUNG_EVERY_MS) return;
    collectedAtMs = nowMs();
    collect?.({ type: "minor", execution: "sync" });
  };
}
