/** Talks to the broker over its control socket. */
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { BrokerRefusedError, BrokerUnreachableError } from "../../exit.ts";
import type { BrokerEvent } from "../../model/events.ts";
import { harmlessText } from "../../model/foreign-text.ts";
import type { GuestHistory, HistoryReport } from "../../model/history.ts";
import type { ModeChoice } from "../../model/settings.ts";
import type { Explanation, GuestInfo, KsmCommand, KsmReport, Status } from "../../model/status.ts";
import {
  DONE,
  type Done,
  EVENTS,
  EXPLANATION,
  FEED_LINE,
  type FeedLine,
  GUEST_HISTORY,
  GUEST_INFO,
  HEALTH,
  HISTORY_REPORT,
  KSM_REPORT,
  REFUSAL,
  STATUS,
} from "./answers.ts";
import { ask, explain, notBallastd, readAnswer } from "./exchange.ts";
import { LineSplitter } from "./line-splitter.ts";

/**
 * Every method rejects with {@link BrokerUnreachableError} when no broker answers, and with {@link BrokerRefusedError} when the answer is an
 * error, or is not ballastd's.
 */
export class ControlClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Resolves when a broker answers. */
  async health(): Promise<void> {
    await this.#get("/v1/health", HEALTH);
  }

  status(): Promise<Status> {
    return this.#get("/v1/status", STATUS);
  }

  explain(name: string): Promise<Explanation> {
    return this.#get(guestPath(name, "explain"), EXPLANATION);
  }

  info(name: string): Promise<GuestInfo> {
    return this.#get(guestPath(name, "info"), GUEST_INFO);
  }

  ksm(): Promise<KsmReport> {
    return this.#get("/v1/ksm", KSM_REPORT);
  }

  /** The newest `limit` events, oldest first. */
  async events(limit: number): Promise<readonly BrokerEvent[]> {
    return (await this.#get(`/v1/events?limit=${limit}`, EVENTS)).events;
  }

  history(name: string, sinceMs: number, untilMs: number): Promise<GuestHistory> {
    return this.#get(`${guestPath(name, "history")}?since=${sinceMs}&until=${untilMs}`, GUEST_HISTORY);
  }

  report(sinceMs: number, untilMs: number): Promise<HistoryReport> {
    return this.#get(`/v1/report?since=${sinceMs}&until=${untilMs}`, HISTORY_REPORT);
  }

  /** Sets a manual target of a guest, for `forMs` milliseconds or until told otherwise; `auto` ends it. */
  setBalloon(name: string, target: number | "auto", forMs?: number): Promise<Done> {
    return this.#post(guestPath(name, "balloon"), { target, ...(forMs !== undefined && { forMs }) });
  }

  /** Sets the own mode of a guest, or of all guests; `config` ends it. */
  setMode(mode: ModeChoice, name?: string): Promise<Done> {
    return this.#post(name === undefined ? "/v1/mode" : guestPath(name, "mode"), { mode });
  }

  commandKsm(order: KsmCommand): Promise<Done> {
    return this.#post("/v1/ksm", { order });
  }

  /** Hands `limit` past events and each new one to `onLine` until `signal` stops it; rejects when the broker ends the stream. */
  async follow(limit: number, onLine: (line: FeedLine) => void, signal: AbortSignal): Promise<void> {
    const path = `/v1/events/stream?limit=${limit}`;
    const answer = await ask(this.#socketPath, { method: "GET", path });
    if (answer.statusCode !== 200) throw await this.#refusal(path, answer);
    const stop = () => answer.destroy();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    const lines = new LineSplitter();
    try {
      for await (const chunk of answer.setEncoding("utf8"))
        for (const line of lines.push(String(chunk))) onLine(this.#parse(path, line, FEED_LINE));
    } catch (error) {
      if (error instanceof RangeError) throw this.#not(path, "does not end its line");
      if (!signal.aborted) throw explain(this.#socketPath, error);
    } finally {
      signal.removeEventListener("abort", stop);
    }
    if (!signal.aborted)
      throw new BrokerUnreachableError("the broker ended the stream: it was stopped or restarted");
  }

  async #get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    return this.#answer(path, await ask(this.#socketPath, { method: "GET", path }), shape);
  }

  async #post(path: string, body: object): Promise<Done> {
    const question = { method: "POST", path, body: JSON.stringify(body) } as const;
    return this.#answer(path, await ask(this.#socketPath, question), DONE);
  }

  async #answer<T>(path: string, answer: IncomingMessage, shape: z.ZodType<T>): Promise<T> {
    if (answer.statusCode !== 200) throw await this.#refusal(path, answer);
    return this.#parse(path, await readAnswer(this.#socketPath, answer), shape);
  }

  async #refusal(path: string, answer: IncomingMessage): Promise<BrokerRefusedError> {
    const { error } = this.#parse(path, await readAnswer(this.#socketPath, answer), REFUSAL);
    return new BrokerRefusedError(error.code, error.message);
  }

  /** Guests can influence some texts, so what could harm a terminal is removed here. */
  #parse<T>(path: string, text: string, shape: z.ZodType<T>): T {
    let untrusted: unknown;
    try {
      untrusted = JSON.parse(text, (_key, inner) =>
        typeof inner === "string" ? harmlessText(inner) : inner,
      );
    } catch {
      throw this.#not(path, "is not JSON");
    }
    const checked = shape.safeParse(untrusted);
    if (checked.success) return checked.data;
    const place = checked.error.issues[0]?.path.join(".") ?? "";
    throw this.#not(path, place === "" ? "is not what is expected" : `has no valid ${harmlessText(place)}`);
  }

  #not(path: string, what: string): BrokerRefusedError {
    return notBallastd(this.#socketPath, `its answer to ${path} ${what}`);
  }
}

function guestPath(name: string, verb: string): string {
  return `/v1/guests/${encodeURIComponent(name)}/${verb}`;
}
