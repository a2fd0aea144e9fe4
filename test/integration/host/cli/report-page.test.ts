/** `ballast report --html`: the program writes a file, and a real browser opens it without network. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import axe from "axe-core";
import { type Browser, launch } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { bundleHost } from "../../../../host/packaging/program.ts";
import { HistoryRecorder } from "../../../../host/src/history/recorder.ts";
import { HistoryStore } from "../../../../host/src/history/store.ts";
import { GIB } from "../../../../host/src/model/bytes.ts";
import { startControlServer } from "../../../../host/src/serve/server.ts";
import { FakeBrokerView, STATUS } from "../../../fakes/fake-control-service.ts";
import { aGuestPoint, aSample } from "../../../fakes/history-samples.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";
import { findProgram } from "../../../testbed/requirements.ts";

const chromium = findProgram("chromium");
const STEPS = 360;
const folder = tempFolder();
const socketPath = join(folder, "control.sock");
const program = join(folder, "ballast.cjs");
const run = promisify(execFile);
let closeServer: () => Promise<void>;

/** A broker whose history has an hour of two guests, and the packaged program. */
beforeAll(async () => {
  const path = join(folder, "history.db");
  const beginMs = Date.now() - STEPS * 10_000;
  const store = new HistoryStore(path, GIB);
  for (let step = 0; step < STEPS; step++)
    store.write({
      ...aSample(step),
      atMs: beginMs + step * 10_000,
      guests: [
        aGuestPoint({ actualBytes: GIB + step * 1e6 }),
        aGuestPoint({ name: "db1", oomKills: step === 9 ? 1 : 0 }),
      ],
    });
  store.close();
  const source = { status: () => STATUS, moves: () => [], hotCaches: () => [] };
  const history = new HistoryRecorder({ path, mostBytes: GIB, source, wallMs: Date.now, note: () => {} });
  history.record();
  const server = await startControlServer({
    socketPath,
    view: new FakeBrokerView(),
    log: keepingLog(),
    history,
  });
  closeServer = async () => {
    await server.close();
    history.stop();
  };
  await bundleHost(program);
}, 120_000);
afterAll(() => closeServer?.());

const ballast = (...args: string[]) =>
  run(process.execPath, [program, "--socket", socketPath, ...args], { argv0: "ballast" } as object);

describe("ballast report --html", () => {
  it("writes one file, says where, and prints the report's figures beside it if they are asked for", async () => {
    const file = join(folder, "report.html");
    expect(await ballast("report", "--html", file)).toMatchObject({
      stdout: `${file}: written; open it in a browser\n`,
    });
    const page = readFileSync(file, "utf8");
    expect(page).toContain("OOM kills seen in guests: 1.");
    expect(page).not.toMatch(/(?:src|href)=/);
    const both = await ballast("report", "--html", file, "--json");
    expect(JSON.parse(both.stdout)).toMatchObject({
      kills: { unknown: 1 },
      guests: [{ name: "web1" }, {}, {}],
    });
  });

  it("fails in words where the file cannot be written", async () => {
    const file = join(folder, "none", "report.html");
    await expect(ballast("report", "--html", file)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("cannot be written (ENOENT"),
    });
  });
});

describe.skipIf(chromium === undefined)("the report in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch({ executablePath: chromium ?? "", args: ["--no-sandbox"] });
  }, 60_000);
  afterAll(() => browser?.close());

  it("draws its plots, asks for nothing, and has nothing that axe finds, in light and dark, wide and narrow", async () => {
    const file = join(folder, "browser.html");
    await ballast("report", "--html", file);
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    const strays: string[] = [];
    page.on("pageerror", (error) => strays.push(String(error)));
    page.on("console", (message) => strays.push(message.text()));
    page.on("request", (request) => {
      if (request.url() !== pathToFileURL(file).href) strays.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction("document.querySelectorAll('.plot canvas').length === 3");
    expect(strays).toEqual([]);
    await page.setBypassCSP(true);
    await page.reload();
    await page.evaluate(axe.source);
    for (const width of [1100, 360])
      for (const value of ["light", "dark"]) {
        await page.setViewport({ width, height: 800 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as axe.Result[];
        expect(found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      }
  });
});
