/** `ballast top`: the host and its guests, drawn anew each second until `q`. */
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../exit.ts";
import type { Status } from "../../model/status.ts";
import type { ControlClient } from "../client/control-client.ts";
import { TOP_ORDERS, type TopOrder, TREND_LENGTH, topScreen } from "../format/top.ts";
import type { Screen, Terminal } from "../terminal.ts";

const DRAW_EVERY_MS = 1_000;

/** Ends by `q`, Ctrl-C or `signal`. A broker that is away is said, and looked for again. @throws {UsageError} without a terminal. */
export async function top(
  client: ControlClient,
  { screen, terminal: { paint } }: { readonly screen?: Screen; readonly terminal: Terminal },
  signal: AbortSignal,
): Promise<void> {
  if (screen?.isTerminal !== true)
    throw new UsageError("top needs a terminal; ballast status prints the same once");
  const ended = new AbortController();
  const anySignal = AbortSignal.any([signal, ended.signal]);
  const trends = new Map<string, number[]>();
  let order: TopOrder = "name";
  let status: Status | undefined;
  let problem: string | undefined;
  const draw = () => {
    const trouble = problem === undefined ? {} : { problem };
    screen.draw(topScreen(status, { ...screen.size(), order, paint, trends, ...trouble }));
  };
  const close = screen.open((key) => {
    if (key === "q" || key === "\u0003") return ended.abort();
    order = TOP_ORDERS[key as keyof typeof TOP_ORDERS] ?? order;
    draw();
  }, draw);
  try {
    while (!anySignal.aborted) {
      try {
        status = await client.status();
        problem = undefined;
        remember(trends, status);
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      draw();
      await sleep(DRAW_EVERY_MS, undefined, { signal: anySignal }).catch(() => {});
    }
  } finally {
    close();
  }
}

/** Guests that are gone are forgotten. */
function remember(trends: Map<string, number[]>, { guests }: Status): void {
  const names = new Set(guests.map(({ name }) => name));
  for (const name of trends.keys()) if (!names.has(name)) trends.delete(name);
  for (const { name, actualBytes } of guests) {
    if (actualBytes === undefined) continue;
    trends.set(name, [...(trends.get(name) ?? []), actualBytes].slice(-TREND_LENGTH));
  }
}
