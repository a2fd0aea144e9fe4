/** What the control API tells of the past. */
import type { Context } from "hono";
import { HistoryError, type HistoryReader } from "../model/history.ts";
import { type Api, fail } from "./api.ts";
import { parseTimeRange } from "./requests.ts";

/** Adds the reads of the history; `history` is absent where none is kept. */
export function addHistory(api: Api, history: HistoryReader | undefined): void {
  api.get("/v1/guests/:name/history", async (c) => {
    const range = parseTimeRange(c.req.query(), Date.now());
    if (!range.ok) return fail(c, "bad-request", range.message);
    const name = c.req.param("name");
    return reading(c, history, async (reader) => {
      const found = await reader.guest(name, range.value.sinceMs, range.value.untilMs);
      return found === undefined
        ? fail(c, "unknown-guest", `the history has no guest "${name}"`)
        : c.json(found);
    });
  });
  api.get("/v1/report", async (c) => {
    const range = parseTimeRange(c.req.query(), Date.now());
    if (!range.ok) return fail(c, "bad-request", range.message);
    const { sinceMs, untilMs } = range.value;
    return reading(c, history, async (reader) => c.json(await reader.report(sinceMs, untilMs)));
  });
}

async function reading(
  c: Context,
  history: HistoryReader | undefined,
  read: (reader: HistoryReader) => Promise<Response>,
): Promise<Response> {
  if (history === undefined)
    return fail(c, "no-history", "no history is kept: the config says history.enabled: false");
  try {
    return await read(history);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return fail(c, "no-history", `there is no history to read: ${error.message}`);
  }
}
