/** The agent's end of WebSocket and TLS, in this process, against a host that abuses them. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { dialWebSocket } from "../../../guest/src/link/websocket-dial.ts";
import { AgentServerScene, pemOf, testAuthority } from "../../fakes/agent-server-scene.ts";
import { tempFolder } from "../../fakes/temp-folder.ts";

/** A whole binary message of 60,000 bytes (RFC 6455). */
const MESSAGE = Buffer.concat([Uint8Array.of(0x82, 126, 60_000 >> 8, 60_000 & 255), Buffer.alloc(60_000)]);

function listener() {
  return { onChunk: vi.fn(), onMessage: vi.fn(), onText: vi.fn(), onControl: vi.fn(), onEnd: vi.fn() };
}

function tokenFile(): string {
  const path = join(tempFolder(), "token");
  writeFileSync(path, "t".repeat(43), { mode: 0o600 });
  return path;
}

/** Both ends of one connection over TLS. */
async function connected() {
  const server = createServer(pemOf(testAuthority().issue("abusive"))).listen(0, "127.0.0.1");
  const sockets = new WebSocketServer({ server });
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const target = { url: `wss://127.0.0.1:${port}`, tokenFile: tokenFile(), caFile: testAuthority().caPath };
  const events = listener();
  const opened = once(sockets, "connection");
  await dialWebSocket(target, events, new AbortController().signal);
  const [host] = (await opened) as [WebSocket];
  return { host, events };
}

it("cuts a host that sends a message in single bytes, before they cost more than they should", async () => {
  const { host, events } = await connected();
  const carrier = Reflect.get(host, "_socket") as Socket;
  carrier.on("error", () => {});
  host.on("error", () => {});
  // Each byte is a TLS record of its own, so the agent reads it alone.
  for (let sent = 0; host.readyState === host.OPEN && sent < MESSAGE.length; sent++)
    await new Promise<void>((resolve) => carrier.write(MESSAGE.subarray(sent, sent + 1), () => resolve()));
  await vi.waitFor(() => expect(events.onEnd).toHaveBeenCalledOnce(), 10_000);
  expect(events.onMessage).not.toHaveBeenCalled();
  expect(events.onChunk.mock.calls.length).toBeGreaterThan(100);
});

it.each([
  ["wss", false],
  ["ws", true],
])(
  "asks which of both speaks TLS when %s:// does not meet its like (TLS at the host: %s)",
  async (scheme, secure) => {
    const { port } = await AgentServerScene.open(secure);
    const target = {
      url: `${scheme}://127.0.0.1:${port}`,
      tokenFile: tokenFile(),
      caFile: testAuthority().caPath,
    };
    const dialled = dialWebSocket(target, listener(), new AbortController().signal);
    await expect(dialled).rejects.toThrow(/does only one of both speak TLS/);
  },
);
