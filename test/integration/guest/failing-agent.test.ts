/** An agent in which something fails ends, so that its service manager can start it again. */
import { spawn } from "node:child_process";
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { socketFolder } from "../../fakes/socket-folder.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

it.each(["opening", "sampling"])(
  "ends with 1 and says why when %s fails, though a thread waits for the host",
  async (when) => {
    const root = socketFolder();
    cpSync(path("../../fixtures/proc/6.1-squeezed"), root, { recursive: true });
    const words = [path("../../fixtures/failing-agent.ts"), root, when];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    const ended = await new Promise((resolve) =>
      child.on("close", (code, signal) => resolve({ code, signal })),
    );
    expect(output).toMatch(new RegExp(`error the agent failed: Error: ${when} failed\n +at `));
    expect(ended).toEqual({ code: 1, signal: null });
  },
  30_000,
);
