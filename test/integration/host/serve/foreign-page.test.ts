/** A real browser that shows a page of another site: by DNS rebinding, and by asking across sites. It learns nothing of the broker and changes nothing. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, launch } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createMetrics } from "../../../../host/src/metrics/metrics.ts";
import { startHttpServer } from "../../../../host/src/serve/http-server.ts";
import { PAGE_TYPES, type PageFiles } from "../../../../host/src/serve/page.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";
import { freePort } from "../../../testbed/free-port.ts";
import { findProgram } from "../../../testbed/requirements.ts";

const chromium = findProgram("chromium");
const SITE = "evil.example";
const PAGE = {
  ...(Object.fromEntries(Object.keys(PAGE_TYPES).map((name) => [name, "our page"])) as PageFiles),
  "page.js": "globalThis.taken = true",
  "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
};

/** Serves an empty page to whoever asks, until `end`. */
async function foreignSite(port = 0) {
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>"));
  await once(server.listen(port, "127.0.0.1"), "listening");
  const end = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, end };
}

async function broker(port: number) {
  const view = new FakeBrokerView();
  const parts = { view, metrics: createMetrics(), page: PAGE, log: keepingLog() };
  const server = await startHttpServer({ host: "127.0.0.1", port, ...parts });
  onTestFinished(() => server.close());
  return view;
}

/** What the page's script makes of each of these at `base`. Runs in the browser, so it is text. */
const TRY = (base: string) => `(async () => {
  const base = ${JSON.stringify(base)};
  const told = (promise) => promise.then((text) => String(text), () => "nothing");
  const ask = (path, options) => told(fetch(base + path, options).then(async (answer) => answer.status + " " + (await answer.text())));
  const loaded = (name, field, path) => told(new Promise((resolve, reject) => {
    const element = document.createElement(name);
    element.onload = () => resolve("loaded");
    element.onerror = reject;
    element[field] = base + path;
    document.body.append(element);
  }));
  const streamed = () => told(new Promise((resolve, reject) => {
    const socket = new WebSocket(base.replace("http", "ws") + "/v1/stream");
    socket.onmessage = ({ data }) => resolve(data);
    socket.onerror = reject;
  }));
  return Promise.all([
    ask("/v1/status"),
    ask("/metrics"),
    ask("/"),
    ask("/v1/ksm", { method: "POST", body: '{"order":"on"}' }),
    ask("/v1/status", { mode: "no-cors" }),
    loaded("script", "src", "/page/page.js"),
    loaded("img", "src", "/page/icon.svg"),
    streamed(),
  ]);
})()`;

describe.skipIf(chromium === undefined)("a page of another site in the admin's browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    const args = ["--no-sandbox", `--host-resolver-rules=MAP ${SITE} 127.0.0.1`];
    browser = await launch({ executablePath: chromium ?? "", args });
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(port: number) {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(`http://${SITE}:${port}/`);
    return page;
  }

  it("learns nothing when its own name comes to mean this machine", async () => {
    const port = await freePort();
    const site = await foreignSite(port);
    const page = await open(port);
    await site.end();
    const view = await broker(port);
    const answers = (await page.evaluate(TRY(`http://${SITE}:${port}`))) as string[];
    for (const answer of answers) expect(answer).toMatch(/^(403 \{"error":\{"code":"forbidden",.*|nothing)$/);
    expect(answers.filter((answer) => answer.startsWith("403 "))).toHaveLength(5);
    expect(await page.evaluate("globalThis.taken")).toBeUndefined();
    expect([view.ksmOrders, view.listeners]).toEqual([[], 0]);
    expect((await page.goto(`http://${SITE}:${port}/`))?.status()).toBe(403);
  });

  it("learns nothing when it asks the broker by its address", async () => {
    const [site, port] = [await foreignSite(), await freePort()];
    onTestFinished(site.end);
    const view = await broker(port);
    const page = await open(site.port);
    const answers = (await page.evaluate(TRY(`http://127.0.0.1:${port}`))) as string[];
    expect(answers).toEqual(answers.map(() => "nothing"));
    expect(await page.evaluate("globalThis.taken")).toBeUndefined();
    expect([view.ksmOrders, view.listeners]).toEqual([[], 0]);
  });

  it("cannot show the dashboard within itself", async () => {
    const [site, port] = [await foreignSite(), await freePort()];
    onTestFinished(site.end);
    await broker(port);
    const page = await open(site.port);
    await page.evaluate(`new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.onload = resolve;
      frame.src = "http://127.0.0.1:${port}/";
      document.body.append(frame);
    })`);
    const texts = await Promise.all(
      page.frames().map((frame) => frame.evaluate("document.body.innerText").catch(() => "")),
    );
    expect(texts.join()).not.toContain("our page");
  });
});
