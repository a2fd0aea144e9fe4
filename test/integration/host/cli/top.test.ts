/** `ballast top` in a real terminal: `script` gives it one. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startControlServer } from "../../../../host/src/serve/server.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";
import { findProgram } from "../../../testbed/requirements.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };
const CLI = fileURLToPath(new URL("../../../../host/dist/cli/main.js", import.meta.url));

function startTop(socketPath: string, env: NodeJS.ProcessEnv = {}) {
  const command = `tty >${socketPath}.tty; stty rows 24 cols 80; exec ${process.execPath} ${CLI} --socket ${socketPath} top`;
  const { NO_COLOR: _, ...inherited } = process.env;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { ...inherited, TERM: "xterm", ...env },
  });
  let seen = "";
  child.stdout.on("data", (part) => {
    seen += String(part);
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, seen: () => seen, press: (key: string) => child.stdin.write(key) };
}

describe.skipIf(findProgram("script") === undefined)("ballast top", () => {
  it("draws the guests, sorts by a key, says when the broker is away, and gives the screen back at q", async () => {
    const socketPath = join(tempFolder(), "c.sock");
    const server = await startControlServer({ socketPath, view: new FakeBrokerView(), log: keepingLog() });
    const { child, seen, press } = startTop(socketPath);
    await vi.waitUntil(() => /web1/.test(seen()), PATIENCE);
    const before = seen().length;
    press("u");
    await vi.waitUntil(() => /web1[\s\S]*db1/.test(seen().slice(before)), PATIENCE);
    await server.close();
    await vi.waitUntil(() => /no ballastd answers/.test(seen()), PATIENCE);
    press("q");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(seen().trimEnd().endsWith("\u001b[?1049l")).toBe(true);
  });
});

describe.skipIf(findProgram("script") === undefined)("ballast top's screen", () => {
  it.each([
    ["is coloured where the terminal has colours", {}, true],
    ["is not coloured where NO_COLOR says so", { NO_COLOR: "1" }, false],
    ["is not coloured on a terminal that has none", { TERM: "dumb" }, false],
  ] as const)("%s, and is drawn anew at the terminal's new size", async (_, env, isColoured) => {
    const socketPath = join(tempFolder(), "c.sock");
    const server = await startControlServer({ socketPath, view: new FakeBrokerView(), log: keepingLog() });
    onTestFinished(() => server.close());
    const { child, seen, press } = startTop(socketPath, env);
    await vi.waitUntil(() => /web1/.test(seen()), PATIENCE);
    expect(COLOUR.test(seen())).toBe(isColoured);
    expect(widestOf(seen())).toBeLessThanOrEqual(80);
    const before = seen().length;
    const terminal = readFileSync(`${socketPath}.tty`, "utf8").trim();
    expect(spawnSync("stty", ["-F", terminal, "rows", "12", "cols", "50"]).status).toBe(0);
    const last = () => drawingsIn(seen().slice(before)).at(-1) ?? "";
    await vi.waitUntil(() => last().includes("web1") && widestOf(last()) <= 50, PATIENCE);
    expect(last().split("\n").length).toBeLessThanOrEqual(12);
    press("\u0003");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

const ESCAPE = "\u001b";
const COLOUR = new RegExp(`${ESCAPE}\\[3\\d(?:;\\d+)*m`);
const SEQUENCE = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]`, "g");

/** Whole screens: each begins at the upper left and ends by clearing what is below. */
function drawingsIn(seen: string): string[] {
  return seen
    .split(`${ESCAPE}[H`)
    .slice(1)
    .filter((drawing) => drawing.includes(`${ESCAPE}[J`));
}

function widestOf(seen: string): number {
  return Math.max(
    ...seen
      .replace(SEQUENCE, "")
      .split(/[\r\n]+/)
      .map((line) => line.length),
  );
}

describe("ballast top without a terminal", () => {
  it("says what to use instead", async () => {
    const child = spawn(process.execPath, [CLI, "top"], { stdio: ["ignore", "ignore", "pipe"] });
    let err = "";
    child.stderr.on("data", (part) => {
      err += String(part);
    });
    const [code] = await once(child, "exit");
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining("ballast status prints the same once"),
    });
  });
});
