/** The real `ballastd` with a crowd on its control socket, and the real `ballast status` among it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { TestBroker } from "../../../testbed/broker.ts";

const BALLAST = fileURLToPath(new URL("../../../../host/dist/cli/main.js", import.meta.url));
const AGAIN_MS = 20;

/** Connects, says `words` and no more, and comes back when it is cut; goes on until the test has ended. */
function crowdIn(path: string, words: string, ended: AbortSignal): void {
  if (ended.aborted) return;
  const socket = connect(path, () => socket.write(words));
  ended.addEventListener("abort", () => socket.destroy(), { once: true });
  socket.on("error", () => {});
  socket.once("close", () => void setTimeout(() => crowdIn(path, words, ended), AGAIN_MS));
  socket.resume();
}

it.each([
  [64, "connections that say nothing", ""],
  [700, "connections that say nothing and come back when they are cut", ""],
  [1_000, "connections that want to follow", "GET /v1/events/stream HTTP/1.1\r\nhost: x\r\n\r\n"],
])("among %i %s an admin's `ballast status` is answered, each time", async (count, _, words) => {
  const folder = socketFolder();
  const broker = await TestBroker.start({ folder, guests: [], budgetMib: 1024 });
  onTestFinished(() => broker.stop());
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  for (let i = 0; i < count; i++) crowdIn(join(folder, "control.sock"), words, ended.signal);
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
