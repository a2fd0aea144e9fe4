/** The dashboard in a real browser, of a real broker. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text as streamText } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import axe from "axe-core";
import { type Browser, launch, type Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { buildPage, bundlePage } from "../../../../host/packaging/page.ts";
import { bundleHost } from "../../../../host/packaging/program.ts";
import { hostPicture } from "../../../../host/page/model/segments.ts";
import { openApiDocument } from "../../../../host/src/api/document.ts";
import { formatSize, formatTime } from "../../../../host/src/cli/format/sizes.ts";
import { FINE, stepOf } from "../../../../host/src/history/levels.ts";
import { createMetrics } from "../../../../host/src/metrics/metrics.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { HistorySample } from "../../../../host/src/model/history.ts";
import type { Status } from "../../../../host/src/model/status.ts";
import { startHttpServer } from "../../../../host/src/serve/http-server.ts";
import { VERSION } from "../../../../host/src/version.ts";
import { FakeBrokerView, WEB } from "../../../fakes/fake-control-service.ts";
import { aGuestPoint } from "../../../fakes/history-samples.ts";
import { aLivelyBroker } from "../../../fakes/lively-broker.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { freePort } from "../../../testbed/free-port.ts";
import { findProgram } from "../../../testbed/requirements.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };
const chromium = findProgram("chromium");
const BALLAST = fileURLToPath(new URL("../../../../host/dist/cli/main.js", import.meta.url));
const HOUR_MS = 3_600_000;
const PHONE = { width: 360, height: 740 };
const SCREEN = { width: 1100, height: 900 };

/** Compressed, in all. */
const MOST_KB = 150;

describe("the dashboard's bundle", () => {
  it(`has at most ${MOST_KB} kB, compressed`, async () => {
    const texts = Object.values((await bundlePage()).files);
    expect(Math.min(...texts.map((text) => text.length))).toBeGreaterThan(100);
    expect(gzipSync(texts.join("")).length).toBeLessThanOrEqual(MOST_KB * 1000);
  });
});

describe("the program that is packaged as one file", () => {
  it("has the dashboard, the API's document and the stream inside", async () => {
    const [folder, port] = [socketFolder(), await freePort()];
    const program = join(folder, "ballast.cjs");
    await bundleHost(program);
    const lines = [
      "mode: observe",
      `control: { socket: "${join(folder, "c.sock")}", http: "127.0.0.1:${port}" }`,
      `state: "${join(folder, "state")}"`,
      "guests: { proxmox: { enabled: false }, libvirt: { enabled: false } }",
    ];
    const config = join(folder, "ballastd.yaml");
    writeFileSync(config, lines.join("\n"));
    const child = spawn(process.execPath, [program, "--config", config], {
      argv0: "ballastd",
      stdio: "ignore",
    });
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    });
    const page = await vi.waitUntil(
      () =>
        fetch(`http://127.0.0.1:${port}/`)
          .then((answer) => answer.text())
          .catch(() => undefined),
      PATIENCE,
    );
    expect(page).toContain('<script type="module" src="/page/page.js">');
    const document = await fetch(`http://127.0.0.1:${port}/v1/openapi.json`).then((answer) => answer.json());
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument(VERSION))));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/stream`);
    onTestFinished(() => socket.close());
    const [snapshot] = (await once(socket, "message")) as { readonly data: string }[];
    expect(JSON.parse(snapshot?.data ?? "")).toMatchObject({ type: "snapshot", status: { mode: "observe" } });
  });
});

describe.skipIf(chromium === undefined)("the dashboard", () => {
  let browser: Browser;

  beforeAll(async () => {
    await buildPage();
    browser = await launch({ executablePath: chromium ?? "", args: ["--no-sandbox"] });
  }, 60_000);
  afterAll(() => browser?.close());

  /** The page at a port, when it has shown something. Nothing it says in the console is overlooked. */
  async function open(port: number) {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("ERR_CONNECTION_REFUSED"))
        errors.push(message.text());
    });
    await page.setViewport(SCREEN);
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForSelector("[data-guest]");
    return { page, errors };
  }

  it("shows the same numbers at the same moment as the API, the metrics and the command", async () => {
    const { port, broker } = await aLivelyBroker();
    const { page, errors } = await open(port);
    await vi.waitFor(async () => {
      const before = figuresIn(await broker.status());
      const [shown, command, metrics] = await Promise.all([
        figuresOf(page),
        statusByCommand(broker.socketPath),
        fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text()),
      ]);
      // What changes meanwhile is of another moment.
      expect(figuresIn(await broker.status())).toEqual(before);
      expect(figuresIn(command)).toEqual(before);
      expect(figuresOfMetrics(metrics)).toEqual(before);
      expect(shown).toEqual(before);
    }, PATIENCE);
    expect(errors).toEqual([]);
  });

  it("explains a guest at the press of Enter, now and at a moment of its past", async () => {
    const nowMs = Date.now();
    const { port, broker } = await aLivelyBroker({}, anHour(nowMs));
    const { page, errors } = await open(port);
    await page.focus('[data-guest="web"] button');
    await page.keyboard.press("Enter");
    await page.waitForSelector('[data-guest="web"] .numbers');
    const floor = formatSize((await broker.guest("web")).floorBytes ?? 0);
    expect(await textOf(page, '[data-guest="web"] .details')).toContain(floor);
    expect(await page.$('[data-guest="web"] .plot canvas')).not.toBeNull();
    await page.waitForSelector(".moment input");
    await page.focus(".moment input");
    await page.keyboard.press("Home");
    await page.waitForSelector(".past");
    const first = formatTime(stepOf(nowMs - HOUR_MS, FINE));
    expect(await textOf(page, ".moment strong")).toBe(first);
    expect(await textOf(page, ".past")).toContain("demand");
    expect(await textOf(page, ".past .actual")).toBe("actual1.5 GiB");
    await page.keyboard.press("End");
    await page.waitForSelector('[data-guest="web"] .numbers');
    expect(await textOf(page, ".moment strong")).toBe("now");
    await page.click(".ranges label:nth-of-type(4) input");
    await page.waitForSelector('.plot[aria-label*="of the last 30 days"]');
    expect(errors).toEqual([]);
  });

  it("has nothing that axe finds, in light and dark, on a screen and a phone", async () => {
    const { port } = await aLivelyBroker({}, anHour(Date.now()));
    const { page } = await open(port);
    await page.click('[data-guest="web"] button');
    await page.waitForSelector('[data-guest="web"] .numbers');
    await page.waitForSelector(".moment input");
    await page.evaluate(axe.source);
    expect(await violationsOf(page)).toEqual([]);
    await page.focus(".moment input");
    await page.keyboard.press("Home");
    await page.waitForSelector(".past");
    for (const viewport of [SCREEN, PHONE])
      for (const scheme of ["light", "dark"]) {
        await page.setViewport(viewport);
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        expect(await violationsOf(page), `${scheme}, ${viewport.width} px`).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(viewport.width);
      }
  });

  it("says that the broker is away and since when, and catches up alone", async () => {
    const { port, broker } = await aLivelyBroker();
    const { page } = await open(port);
    await broker.kill();
    const away = () => textOf(page, "[role=status]");
    await vi.waitFor(async () => {
      expect(await away()).toMatch(/^The broker has not answered since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\./);
    }, PATIENCE);
    await broker.restart();
    await vi.waitFor(async () => expect(await away()).toBe(""), PATIENCE);
    await vi.waitFor(async () => {
      const texts = (await broker.events()).toReversed().slice(0, 50);
      expect(await eventTexts(page)).toEqual(texts.map(({ text }) => text));
    }, PATIENCE);
  });

  it("shows what a guest says as text, whatever it says", async () => {
    const untrusted = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
    const view = new FakeBrokerView();
    view.more = [{ ...WEB, name: untrusted, problem: untrusted }];
    const port = await freePort();
    const server = await startHttpServer({
      ...{ host: "127.0.0.1", port, view, metrics: createMetrics(), page: (await bundlePage()).files },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
    onTestFinished(() => server.close());
    const { page } = await open(port);
    expect(await page.evaluate("document.body.innerText")).toContain(untrusted);
    expect(await page.$$("#page img, #page script")).toEqual([]);
    expect(await page.title()).toBe("Ballast");
  });
});

type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Parts of the host's picture that are figures of the status. */
const SHARED = ["reserve", "ksm", "lent"];
const SIZES = ["min", "used", "floor", "actual", "target", "max"] as const;

/** Sizes of each guest, and those parts of the host that stand in the status as they are. */
function figuresIn(status: Status): Figures {
  const guests = status.guests.map((guest) => {
    const known = SIZES.flatMap((size) => {
      const bytes = guest[`${size}Bytes`];
      return bytes === undefined ? [] : [[size, bytes] as const];
    });
    return [guest.name, Object.fromEntries(known)] as const;
  });
  const lent = hostPicture(status)?.spared.find(({ kind }) => kind === "lent")?.bytes ?? 0;
  const host = { reserve: status.host.reserveBytes ?? 0, ksm: status.ksm?.savedBytes ?? 0, lent };
  return { ...Object.fromEntries(guests), host };
}

/** The same from the page; each size must also be shown in words. */
async function figuresOf(page: Page): Promise<Figures> {
  const shown = (await page.evaluate(`[...document.querySelectorAll("[data-bytes]")].map((element) => [
    element.closest("[data-guest]")?.dataset.guest ?? "host",
    element.dataset.size ?? element.dataset.kind,
    Number(element.dataset.bytes),
    element.textContent,
  ])`)) as [string, string, number, string][];
  const figures: Record<string, Record<string, number>> = {};
  for (const [of, name, bytes, text] of shown) {
    expect(text).toContain(formatSize(bytes));
    if (of !== "host" || SHARED.includes(name)) figures[of] = { ...figures[of], [name]: bytes };
  }
  return figures;
}

/** The same from the metrics. */
function figuresOfMetrics(text: string): Figures {
  const figures: Record<string, Record<string, number>> = {};
  for (const [, size = "", id = "", value] of text.matchAll(
    /^ballast_guest_memory_(\w+)_bytes\{id="([^"]+)"\} (\S+)$/gm,
  ))
    if ((SIZES as readonly string[]).includes(size)) figures[id] = { ...figures[id], [size]: Number(value) };
  const single = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
  const guests = Object.values(figures);
  const lent = guests.reduce((sum, { max = 0, actual = max }) => sum + Math.max(0, max - actual), 0);
  const host = { reserve: single("ballast_reserve_bytes"), ksm: single("ballast_ksm_saved_bytes"), lent };
  return { ...figures, host };
}

async function statusByCommand(socketPath: string): Promise<Status> {
  const child = spawn(process.execPath, [BALLAST, "status", "--json", "--socket", socketPath]);
  const printed = await streamText(child.stdout);
  return JSON.parse(printed) as Status;
}

/** An hour of a guest that demanded its memory back at its begin, in steps of the history. */
function anHour(nowMs: number): HistorySample[] {
  const count = HOUR_MS / FINE.stepMs;
  const begin = stepOf(nowMs - HOUR_MS, FINE);
  return Array.from({ length: count }, (_, i) => {
    const usedBytes = (700 + 400 * Math.sin(i / 40)) * MIB;
    const sizes = { actualBytes: i === 0 ? 1.5 * GIB : usedBytes + 350 * MIB, usedBytes };
    const targetBytes = sizes.actualBytes;
    return {
      ...{ atMs: begin + i * FINE.stepMs, host: {}, moves: [], hotCaches: [] },
      guests: [aGuestPoint({ name: "web", ...sizes, targetBytes, reason: i === 0 ? "demand" : "steady" })],
    };
  });
}

async function violationsOf(page: Page) {
  const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as axe.Result[];
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`)) as string;
}

async function eventTexts(page: Page): Promise<string[]> {
  const all = 'document.querySelectorAll(".events .text")';
  return (await page.evaluate(`[...${all}].map((element) => element.textContent)`)) as string[];
}
