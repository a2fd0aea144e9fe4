/** Kills a writer of a history again and again at random moments. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { HistoryStore } from "../../host/src/history/store.ts";
import { BEGIN_MS, STEP_MS } from "./history-samples.ts";

const WRITER = fileURLToPath(new URL("history-writer.ts", import.meta.url));
/** A writer lives at most so long after its first commit. */
const LONGEST_LIFE_MS = 150;

/** Steps that were committed before a kill, and the newest that the file has after it. */
export interface KilledWriter {
  readonly committed: number;
  readonly kept: number;
}

/** One writer that is killed with SIGKILL; the file is opened after it. */
export async function killWriter(path: string, random = Math.random): Promise<KilledWriter> {
  const writer = spawn(process.execPath, [WRITER, path], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  writer.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const ended = once(writer, "close");
  await Promise.race([once(writer.stdout, "data"), ended]);
  setTimeout(() => writer.kill("SIGKILL"), random() * LONGEST_LIFE_MS);
  await ended;
  const committed = Number(out.trimEnd().split("\n").at(-1));
  const store = new HistoryStore(path, 64 * 1024 * 1024);
  const newest = store.newestMs() ?? Number.NaN;
  store.close();
  return { committed, kept: (newest - BEGIN_MS) / STEP_MS };
}
