/** Kills a writer of a history at a random moment. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { HistoryStore } from "../../host/src/history/store.ts";
import { BEGIN_MS, STEP_MS } from "./history-samples.ts";

const WRITER = fileURLToPath(new URL("history-writer.ts", import.meta.url));
/** A writer lives at most so long after its first line. */
const LONGEST_LIFE_MS = 150;

/** Steps that were committed before a kill, and the newest that the file has after it. */
export interface KilledWriter {
  readonly committed: number;
  readonly kept: number;
}

/** One writer that is killed with SIGKILL; the file is opened after it. */
export async function killWriter(path: string, random = Math.random): Promise<KilledWriter> {
  const lines = await killAfterFirstLine([WRITER, path], random);
  const store = new HistoryStore(path, 64 * 1024 * 1024);
  const newest = store.newestMs() ?? Number.NaN;
  store.close();
  return { committed: Number(lines.at(-1)), kept: (newest - BEGIN_MS) / STEP_MS };
}

/** Runs a program of Node, kills it with SIGKILL at a random moment after its first line, and gives its lines. */
export async function killAfterFirstLine(
  args: readonly string[],
  random = Math.random,
): Promise<readonly string[]> {
  const program = spawn(process.execPath, [...args], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  program.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const ended = once(program, "close");
  await Promise.race([once(program.stdout, "data"), ended]);
  setTimeout(() => program.kill("SIGKILL"), random() * LONGEST_LIFE_MS);
  await ended;
  return out.trimEnd().split("\n");
}
