/** The control API `/v1`: what each path answers. */
import type { Socket } from "node:net";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Log } from "../model/adapters.ts";
import type { HistoryReader } from "../model/history.ts";
import type { BrokerControl, KsmReport, Status } from "../model/status.ts";
import { type Api, fail } from "./api.ts";
import type { EventFeeds } from "./event-feed.ts";
import { addHistory } from "./history-routes.ts";
import { addPage, type PageFiles } from "./page.ts";
import { parseBalloonRequest, parseEventRange, parseKsmRequest, parseModeRequest } from "./requests.ts";

/** The only body is a target and a time. */
const LONGEST_BODY_BYTES = 4096;

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
  api.use(
    bodyLimit({ maxSize: LONGEST_BODY_BYTES, onError: (c) => fail(c, "too-large", "the body is too large") }),
  );
  addReads(api, view);
  if (metrics !== undefined) addMetrics(api, view, metrics);
  if (page !== undefined) addPage(api, page);
  addHistory(api, history);
  addEvents(api, view, feeds, onStream);
  api.post("/v1/guests/:name/balloon", (c) => setBalloon(c, view, c.req.param("name")));
  api.post("/v1/guests/:name/mode", (c) => setMode(c, view, c.req.param("name")));
  api.post("/v1/mode", (c) => setMode(c, view));
  api.get("/v1/ksm", (c) => {
    const { ksm, guests } = view.status();
    const parts = guests.map((guest) => ({ name: guest.name, ...(guest.ksm && { ksm: guest.ksm }) }));
    return c.json({ ...(ksm && { ksm }), guests: parts } satisfies KsmReport);
  });
  api.post("/v1/ksm", (c) => orderKsm(c, view));
  api.notFound((c) => fail(c, "not-found", `nothing here: ${c.req.method} ${c.req.path}`));
  api.onError((error, c) => {
    log.error({ err: error, path: c.req.path }, "the control API failed to answer");
    return fail(c, "internal", "the broker failed to answer; its log says why");
  });
  return api;
}

function addReads(api: Api, view: BrokerControl): void {
  api.get("/v1/health", (c) => {
    const { version, mode } = view.status();
    return c.json({ ok: true, version, mode });
  });
  api.get("/v1/status", (c) => c.json(view.status()));
  api.get("/v1/guests/:name/explain", (c) => {
    const name = c.req.param("name");
    const explanation = view.explain(name);
    return explanation === undefined ? failGuest(c, view, name) : c.json(explanation);
  });
  api.get("/v1/guests/:name/info", (c) => {
    const name = c.req.param("name");
    const info = view.info(name);
    return info === undefined ? failGuest(c, view, name) : c.json(info);
  });
}

function addMetrics(api: Api, view: BrokerControl, metrics: MetricsSource): void {
  api.get("/metrics", async (c) =>
    c.body(await metrics.expose(view.status()), 200, { "content-type": metrics.contentType }),
  );
}

function addEvents(api: Api, view: BrokerControl, feeds: EventFeeds, onStream: ApiParts["onStream"]): void {
  api.get("/v1/events", (c) => {
    const range = parseEventRange(c.req.query());
    if (!range.ok) return fail(c, "bad-request", range.message);
    return c.json({ events: view.events(range.value.afterId, range.value.limit) });
  });
  api.get("/v1/events/stream", (c) => {
    const range = parseEventRange(c.req.query());
    if (!range.ok) return fail(c, "bad-request", range.message);
    if (feeds.isFull) return fail(c, "too-many-streams", "too many followers already: close one of them");
    onStream?.(c.env.incoming.socket);
    return c.body(feeds.open(range.value.afterId, range.value.limit), 200, {
      "content-type": "application/x-ndjson",
    });
  });
}

async function setBalloon(c: Context, view: BrokerControl, name: string): Promise<Response> {
  const request = parseBalloonRequest(await c.req.text());
  if (!request.ok) return fail(c, "bad-request", request.message);
  if (!isKnown(view, name)) return failGuest(c, view, name);
  const done = view.setManual(name, request.value.target, request.value.forMs);
  return done.ok ? c.json(done) : fail(c, done.code, done.text);
}

async function setMode(c: Context, view: BrokerControl, name?: string): Promise<Response> {
  const request = parseModeRequest(await c.req.text());
  if (!request.ok) return fail(c, "bad-request", request.message);
  if (name !== undefined && !isKnown(view, name)) return failGuest(c, view, name);
  const done = view.setMode(request.value, name);
  return done.ok ? c.json(done) : fail(c, done.code, done.text);
}

async function orderKsm(c: Context, view: BrokerControl): Promise<Response> {
  const request = parseKsmRequest(await c.req.text());
  if (!request.ok) return fail(c, "bad-request", request.message);
  const done = await view.commandKsm(request.value);
  return done.ok ? c.json(done) : fail(c, "refused", done.text);
}

function failGuest(c: Context, view: BrokerControl, name: string): Response {
  if (isKnown(view, name))
    return fail(c, "not-ready", `nothing is known of "${name}" yet: try again in a moment`);
  return fail(c, "unknown-guest", `there is no guest "${name}": ballast status lists them`);
}

function isKnown(view: BrokerControl, name: string): boolean {
  return view.status().guests.some((guest) => guest.name === name);
}
