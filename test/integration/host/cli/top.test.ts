/** `ballast top` in a real terminal: `script` gives it one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startControlServer } from "../../../../host/src/serve/server.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";
import { findProgram } from "../../../testbed/requirements.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };
const CLI = fileURLToPath(new URL("../../../../host/dist/cli/main.js", import.meta.url));

function startTop(socketPath: string) {
  const command = `stty rows 24 cols 80; ${process.execPath} ${CLI} --socket ${socketPath} top`;
  const child = spawn("script", ["-qec", command, "/dev/null"], { env: { ...process.env, TERM: "xterm" } });
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
