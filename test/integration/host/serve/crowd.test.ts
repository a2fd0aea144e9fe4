/** The real `ballastd` with a crowd on its control socket or its HTTP address, and the real `ballast status` or a scraper among it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type NetConnectOpts } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { TestBroker } from "../../../testbed/broker.ts";
import { freePort } from "../../../testbed/free-port.ts";

const BALLAST = fileURLToPath(new URL("../../../../host/dist/cli/main.js", import.meta.url));
const AGAIN_MS = 20;

/** Connects, says `words` and no more, and comes back when it is cut; goes on until the test has ended. */
function crowdIn(target: NetConnectOpts, words: string, ended: AbortSignal): void {
  if (ended.aborted) return;
  const socket = connect(target, () => socket.write(words));
  ended.addEventListener("abort", () => socket.destroy(), { once: true });
  socket.on("error", () => {});
  socket.once("close", () => void setTimeout(() => crowdIn(target, words, ended), AGAIN_MS));
  socket.resume();
}

function crowd(count: number, target: NetConnectOpts, words: string): void {
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  for (let i = 0; i < count; i++) crowdIn(target, words, ended.signal);
}

it.each([
  [64, "connections that say nothing", ""],
  [700, "connections that say nothing and come back when they are cut", ""],
  [1_000, "connections that want to follow", "GET /v1/events/stream HTTP/1.1\r\nhost: x\r\n\r\n"],
])("among %i %s an admin's `ballast status` is answered, each time", async (count, _, words) => {
  const folder = socketFolder();
  const broker = await TestBroker.start({ folder, guests: [], budgetMib: 1024 });
  onTestFinished(() => broker.stop());
  crowd(count, { path: join(folder, "control.sock") }, words);
  for (let time = 0; time < 3; time++) {
    const child = spawn(process.execPath, [BALLAST, "--socket", broker.socketPath, "status"]);
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit"),
    ]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("budget 1.0 GiB");
  }
});

it("among 700 connections that say nothing on its HTTP address a scraper gets the metrics, each time", async () => {
  const port = await freePort();
  const folder = socketFolder();
  const broker = await TestBroker.start({ folder, guests: [], budgetMib: 1024, http: `127.0.0.1:${port}` });
  onTestFinished(() => broker.stop());
  crowd(700, { port, host: "127.0.0.1" }, "");
  for (let time = 0; time < 3; time++) {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: "close" } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("ballast_");
  }
});
