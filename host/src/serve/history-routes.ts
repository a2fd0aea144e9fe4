/** What the control API tells of the past. */
import { OPERATIONS } from "../api/operations.ts";
import { timesOf } from "../api/requests.ts";
import { HistoryError, type HistoryReader } from "../model/history.ts";
import type { BrokerControl } from "../model/status.ts";
import { type Api, type Outcome, serve } from "./api.ts";

/** Adds the reads of the history; `history` is absent where none is kept. A guest that is new to it has an empty one. */
export function addHistory(
  api: Api,
  view: Pick<BrokerControl, "status">,
  history: HistoryReader | undefined,
): void {
  serve(api, OPERATIONS.guestHistory, ({ parts: { name }, query }) => {
    const { sinceMs, untilMs } = timesOf(query, Date.now());
    return reading(history, async (reader) => {
      const answer = await reader.guest(name, sinceMs, untilMs);
      if (answer !== undefined) return { ok: true, answer };
      if (view.status().guests.some((guest) => guest.name === name))
        return { ok: true, answer: { name, points: [], moves: [] } };
      return { ok: false, code: "unknown-guest", message: `the history has no guest "${name}"` };
    });
  });
  serve(api, OPERATIONS.moment, ({ query: { at } }) =>
    reading(history, async (reader) => {
      const answer = await reader.moment(at);
      if (answer !== undefined) return { ok: true, answer };
      return { ok: false, code: "not-found", message: "nothing is remembered of that moment" };
    }),
  );
  serve(api, OPERATIONS.report, ({ query }) => {
    const { sinceMs, untilMs } = timesOf(query, Date.now());
    return reading(history, async (reader) => ({ ok: true, answer: await reader.report(sinceMs, untilMs) }));
  });
}

async function reading<Answer, Failure>(
  history: HistoryReader | undefined,
  read: (reader: HistoryReader) => Promise<Outcome<Answer, Failure>>,
): Promise<Outcome<Answer, Failure | "no-history">> {
  if (history === undefined) return noHistory("no history is kept: the config says history.enabled: false");
  try {
    return await read(history);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return noHistory(`there is no history to read: ${error.message}`);
  }
}

function noHistory(message: string): Outcome<never, "no-history"> {
  return { ok: false, code: "no-history", message };
}
