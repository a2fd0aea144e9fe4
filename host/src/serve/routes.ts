/** The control API `/v1`: what answers each operation. */
import type { Socket } from "node:net";
import { Hono, type MiddlewareHandler } from "hono";
import { openApiDocument } from "../api/document.ts";
import { OPERATIONS } from "../api/operations.ts";
import type { Log } from "../model/adapters.ts";
import type { HistoryReader } from "../model/history.ts";
import type { BrokerControl, CommandAnswer, Status } from "../model/status.ts";
import { type Api, fail, type Outcome, serve, serveAs } from "./api.ts";
import type { EventFeeds } from "./event-feed.ts";
import { addHistory } from "./history-routes.ts";
import { addPage, type PageFiles } from "./page.ts";

/** Figures for Prometheus. */
export interface MetricsSource {
  readonly contentType: string;
  expose(status: Status): Promise<string>;
}

export interface ApiParts {
  /** Absent: there is no `/metrics`. */
  readonly metrics?: MetricsSource;
  /** Absent: there is no dashboard. */
  readonly page?: PageFiles | undefined;
  /** Absent: no history is kept. */
  readonly history?: HistoryReader;
  /** Asked before anything is answered. */
  readonly guard?: MiddlewareHandler;
  /** The connection carries an event stream from now on. */
  readonly onStream?: (socket: Socket) => void;
}

export function createApi(
  view: BrokerControl,
  feeds: EventFeeds,
  log: Log,
  { metrics, page, history, guard, onStream }: ApiParts = {},
): Api {
  const api: Api = new Hono();
  if (guard !== undefined) api.use(guard);
  addState(api, view);
  addGuest(api, view);
  addEvents(api, view, feeds, onStream);
  addStream(api);
  addHistory(api, view, history);
  addCommands(api, view);
  if (metrics !== undefined) addMetrics(api, view, metrics);
  if (page !== undefined) addPage(api, page);
  addDocument(api, view);
  api.notFound((c) => fail(c, "not-found", `nothing here: ${c.req.method} ${c.req.path}`));
  api.onError((error, c) => {
    log.error({ err: error, path: c.req.path }, "the control API failed to answer");
    return fail(c, "internal", "the broker failed to answer; its log says why");
  });
  return api;
}

function addState(api: Api, view: BrokerControl): void {
  serve(api, OPERATIONS.health, () => {
    const { version, mode } = view.status();
    return { ok: true, answer: { ok: true, version, mode } };
  });
  serve(api, OPERATIONS.status, () => ({ ok: true, answer: view.status() }));
  serve(api, OPERATIONS.host, () => ({ ok: true, answer: view.status().host }));
  serve(api, OPERATIONS.guests, () => ({ ok: true, answer: { guests: view.status().guests } }));
  serve(api, OPERATIONS.ksm, () => {
    const { ksm, guests } = view.status();
    const parts = guests.map((guest) => ({ name: guest.name, ...(guest.ksm && { ksm: guest.ksm }) }));
    return { ok: true, answer: { ...(ksm && { ksm }), guests: parts } };
  });
}

function addGuest(api: Api, view: BrokerControl): void {
  serve(api, OPERATIONS.guest, ({ parts: { name } }) => {
    const guest = guestOf(view, name);
    return guest === undefined ? unknownGuest(name) : { ok: true, answer: guest };
  });
  serve(api, OPERATIONS.explain, ({ parts: { name } }) => found(view, name, view.explain(name)));
  serve(api, OPERATIONS.info, ({ parts: { name } }) => found(view, name, view.info(name)));
}

function addMetrics(api: Api, view: BrokerControl, metrics: MetricsSource): void {
  serveAs(api, OPERATIONS.metrics, async (c) =>
    c.body(await metrics.expose(view.status()), 200, { "content-type": metrics.contentType }),
  );
}

function addEvents(api: Api, view: BrokerControl, feeds: EventFeeds, onStream: ApiParts["onStream"]): void {
  serve(api, OPERATIONS.decisions, ({ query: { since, limit } }) => ({
    ok: true,
    answer: { decisions: view.decisions(since, limit) },
  }));
  serve(api, OPERATIONS.events, ({ query: { after, limit } }) => ({
    ok: true,
    answer: { events: view.events(after, limit) },
  }));
  serveAs(api, OPERATIONS.eventStream, (c, { query: { after, limit } }) => {
    if (feeds.isFull) return fail(c, "too-many-streams", "too many followers already: close one of them");
    onStream?.(c.env.incoming.socket);
    return c.body(feeds.open(after, limit), 200, { "content-type": "application/x-ndjson" });
  });
}

/** What asks for the stream as a WebSocket does not come here. */
function addStream(api: Api): void {
  serveAs(api, OPERATIONS.stream, (c) => {
    c.header("upgrade", "websocket");
    return fail(c, "upgrade-required", "this is a WebSocket");
  });
}

function addCommands(api: Api, view: BrokerControl): void {
  serve(api, OPERATIONS.setBalloon, ({ parts: { name }, body: { target, forMs } }) => {
    if (guestOf(view, name) === undefined) return unknownGuest(name);
    return done(view.setManual(name, target, forMs));
  });
  serve(api, OPERATIONS.setGuestMode, ({ parts: { name }, body: { mode } }) => {
    if (guestOf(view, name) === undefined) return unknownGuest(name);
    return done(view.setMode(mode, name));
  });
  serve(api, OPERATIONS.setMode, ({ body: { mode } }) => done(view.setMode(mode)));
  serve(api, OPERATIONS.commandKsm, async ({ body: { order } }) => {
    const { ok, text } = await view.commandKsm(order);
    return ok ? { ok, answer: { ok, text } } : { ok, code: "refused", message: text };
  });
}

/** The document is made when it is first asked for. */
function addDocument(api: Api, view: BrokerControl): void {
  let document: object | undefined;
  api.get("/v1/openapi.json", (c) => {
    document ??= openApiDocument(view.status().version);
    return c.json(document);
  });
}

function done(answer: CommandAnswer): Outcome<{ ok: boolean; text: string }, "refused" | "not-kept"> {
  if (answer.ok) return { ok: true, answer };
  return { ok: false, code: answer.code, message: answer.text };
}

function found<Answer>(
  view: BrokerControl,
  name: string,
  answer: Answer | undefined,
): Outcome<Answer, "unknown-guest" | "not-ready"> {
  if (answer !== undefined) return { ok: true, answer };
  if (guestOf(view, name) === undefined) return unknownGuest(name);
  return {
    ok: false,
    code: "not-ready",
    message: `nothing is known of "${name}" yet: try again in a moment`,
  };
}

function unknownGuest(name: string): Outcome<never, "unknown-guest"> {
  return {
    ok: false,
    code: "unknown-guest",
    message: `there is no guest "${name}": ballast status lists them`,
  };
}

function guestOf(view: BrokerControl, name: string) {
  return view.status().guests.find((guest) => guest.name === name);
}
