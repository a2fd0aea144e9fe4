/** Talks to the broker over its control socket. */
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { ERROR, type ErrorCode } from "../../api/errors.ts";
import { fill, type Operation, type PathParts } from "../../api/operation.ts";
import { type Done, OPERATIONS } from "../../api/operations.ts";
import type { FeedLine } from "../../api/past.ts";
import { BrokerRefusedError, BrokerUnreachableError } from "../../exit.ts";
import type { BrokerEvent } from "../../model/events.ts";
import { harmlessText } from "../../model/foreign-text.ts";
import type { GuestHistory, HistoryReport, HistoryStep } from "../../model/history.ts";
import type { ModeChoice } from "../../model/settings.ts";
import type { Explanation, GuestInfo, KsmCommand, KsmReport, Status } from "../../model/status.ts";
import { ask, explain, notBallastd, readAnswer } from "./exchange.ts";
import { LineSplitter } from "./line-splitter.ts";

/** A report of two weeks of hundreds of guests takes the broker seconds, on a busy host many. */
const REPORT_PATIENCE_MS = 120_000;

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
    await this.#do(OPERATIONS.health, {});
  }

  status(): Promise<Status> {
    return this.#do(OPERATIONS.status, {});
  }

  explain(name: string): Promise<Explanation> {
    return this.#do(OPERATIONS.explain, { parts: { name } });
  }

  info(name: string): Promise<GuestInfo> {
    return this.#do(OPERATIONS.info, { parts: { name } });
  }

  ksm(): Promise<KsmReport> {
    return this.#do(OPERATIONS.ksm, {});
  }

  /** The newest `limit` events, oldest first. */
  async events(limit: number): Promise<readonly BrokerEvent[]> {
    return (await this.#do(OPERATIONS.events, { query: { limit } })).events;
  }

  history(name: string, since: number, until: number): Promise<GuestHistory> {
    return this.#do(OPERATIONS.guestHistory, { parts: { name }, query: { since, until } });
  }

  /** All guests at a moment of the past. */
  moment(at: number): Promise<HistoryStep> {
    return this.#do(OPERATIONS.moment, { query: { at } });
  }

  report(since: number, until: number): Promise<HistoryReport> {
    return this.#do(OPERATIONS.report, { query: { since, until } }, REPORT_PATIENCE_MS);
  }

  /** Sets a manual target of a guest, for `forMs` milliseconds or until told otherwise; `auto` ends it. */
  setBalloon(name: string, target: number | "auto", forMs?: number): Promise<Done> {
    const body = { target, ...(forMs !== undefined && { forMs }) };
    return this.#do(OPERATIONS.setBalloon, { parts: { name }, body });
  }

  /** Sets the own mode of a guest, or of all guests; `config` ends it. */
  setMode(mode: ModeChoice, name?: string): Promise<Done> {
    const body = { mode };
    if (name === undefined) return this.#do(OPERATIONS.setMode, { body });
    return this.#do(OPERATIONS.setGuestMode, { parts: { name }, body });
  }

  commandKsm(order: KsmCommand): Promise<Done> {
    return this.#do(OPERATIONS.commandKsm, { body: { order } });
  }

  /** Hands `limit` past events and each new one to `onLine` until `signal` stops it; rejects when the broker ends the stream. */
  async follow(limit: number, onLine: (line: FeedLine) => void, signal: AbortSignal): Promise<void> {
    const { eventStream } = OPERATIONS;
    const path = urlOf(eventStream, { query: { limit } });
    const answer = await ask(this.#socketPath, { method: "GET", path });
    if (answer.statusCode !== 200) throw await this.#refusal(path, answer);
    const stop = () => answer.destroy();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    const lines = new LineSplitter();
    try {
      for await (const chunk of answer.setEncoding("utf8"))
        for (const line of lines.push(String(chunk))) onLine(this.#parse(path, line, eventStream.answer));
    } catch (error) {
      if (error instanceof RangeError) throw this.#not(path, "does not end its line");
      if (!signal.aborted) throw explain(this.#socketPath, error);
    } finally {
      signal.removeEventListener("abort", stop);
    }
    if (!signal.aborted)
      throw new BrokerUnreachableError("the broker ended the stream: it was stopped or restarted");
  }

  async #do<Path extends string, Query, Body, Answer>(
    operation: Operation<Path, Query, Body, Answer, ErrorCode>,
    asking: Asking<Path, Query, Body>,
    patienceMs?: number,
  ): Promise<Answer> {
    const path = urlOf(operation, asking);
    const method = operation.method === "get" ? "GET" : "POST";
    const body = asking.body === undefined ? {} : { body: JSON.stringify(asking.body) };
    const answer = await ask(this.#socketPath, {
      ...{ method, path, ...body },
      ...(patienceMs !== undefined && { patienceMs }),
    });
    if (answer.statusCode !== 200) throw await this.#refusal(path, answer);
    return this.#parse(path, await readAnswer(this.#socketPath, answer), operation.answer);
  }

  async #refusal(path: string, answer: IncomingMessage): Promise<BrokerRefusedError> {
    const { error } = this.#parse(path, await readAnswer(this.#socketPath, answer), ERROR);
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

/** What is asked of an operation; `query` may leave out what has a default. */
interface Asking<Path extends string, Query, Body> {
  readonly parts?: PathParts<Path>;
  readonly query?: Partial<Query>;
  readonly body?: Body;
}

function urlOf<Path extends string, Query, Body>(
  { path }: { readonly path: Path },
  { parts, query = {} }: Asking<Path, Query, Body>,
): string {
  const words = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return `${fill(path, parts ?? {})}${words.length === 0 ? "" : `?${words.join("&")}`}`;
}
