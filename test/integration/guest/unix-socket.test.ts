/** The agent's end of a unix socket, with the kernel's own sockets. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { UnixSocketLink } from "../../../guest/src/link/unix-socket.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { waitUntil } from "../../fakes/wait-until.ts";

/** More than the kernel keeps of what a unix socket's other end does not read. */
const MORE_THAN_KEPT = 1024 * 1024;
/** Enough for the kernel to close a socket and for Node to hear of it. */
const TURNS = 100;

/** Both ends, connected; the host reads nothing before `read` is called. */
async function connect() {
  const path = join(socketFolder(), "host.sock");
  const server = createServer({ pauseOnConnect: true }).listen(path);
  await once(server, "listening");
  const accepted = once(server, "connection");
  const link = new UnixSocketLink(path);
  const poll = () =>
    link.poll(
      0,
      () => {},
      () => true,
    );
  poll();
  const [socket] = (await accepted) as [Socket];
  onTestFinished(() => {
    link.reset();
    socket.destroy();
    server.close();
  });
  const host = { socket, text: "", isEnded: false, error: undefined as Error | undefined };
  socket.on("error", (error) => {
    host.error = error;
  });
  socket.on("end", () => {
    host.isEnded = true;
  });
  const read = () => {
    socket.on("data", (bytes) => {
      host.text += bytes.toString("latin1").replaceAll("\0", "");
    });
    socket.resume();
  };
  await waitUntil("the link is up", () => link.state === "up");
  return { link, poll, host, read };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await nextTurn();
}

it("lets a host that is writing read what was said last", async () => {
  const { link, host, read } = await connect();
  link.send("control", Buffer.from("goodbye"));
  link.close();
  for (let writes = 0; writes < 3; writes++) {
    await turns();
    host.socket.write("an acknowledgement");
  }
  read();
  await waitUntil("the host has read to the end", () => host.isEnded);
  expect(host).toMatchObject({ text: "goodbye", error: undefined });
});

it("sends a frame that waited as soon as the host reads, without waiting for the next sample", async () => {
  const { link, host, read } = await connect();
  link.send("report", Buffer.alloc(MORE_THAN_KEPT));
  link.send("report", Buffer.from("an old report, "));
  link.send("report", Buffer.from("the newest report"));
  read();
  await waitUntil("the newest report arrives", () => host.text.endsWith("the newest report"));
});

it("still sends what waits when it is closed", async () => {
  const { link, host, read } = await connect();
  link.send("report", Buffer.alloc(MORE_THAN_KEPT));
  link.send("control", Buffer.from("goodbye"));
  link.close();
  read();
  await waitUntil("the host has read to the end", () => host.isEnded);
  expect(host.text).toBe("goodbye");
});
