/** Ten thousand connections to the real `ballastd`: it stays small, says why it turns them away, and serves those it knows. */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { residentBytes } from "../../testbed/host.ts";
import { Stage } from "./stage.ts";

const PACKAGING_MS = 120_000;
const CONNECTIONS = 10_000;
/** At the same time; and from so many addresses. */
const AT_ONCE = 500;
const ADDRESSES = 50;
/** Far above what it takes with two guests, far below what ten thousand connections would take. */
const MOST_RESIDENT_BYTES = 250 * 1024 * 1024;
/** What the broker lets in before a token is shown, and what it has open besides. */
const MOST_DESCRIPTORS = 256 + 100;

beforeAll(() => packagedAgent(), PACKAGING_MS);

it("ten thousand connections disturb no guest", { timeout: 120_000 }, async () => {
  const stage = await Stage.open();
  await stage.goodAgent("web1");
  await stage.heard("web1");
  const held = new Set<Socket>();
  onTestFinished(() => held.forEach((socket) => void socket.destroy()));
  for (let opened = 0; opened < CONNECTIONS; opened += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => knock(stage.port, opened + index, held)));
    await stage.heard("web1");
  }
  expect(readdirSync(`/proc/${stage.broker.pid}/fd`).length).toBeLessThan(MOST_DESCRIPTORS);
  expect(residentBytes(stage.broker.pid)).toBeLessThan(MOST_RESIDENT_BYTES);
  await stage.told(
    /was turned away: (too many new connections from this address|.*newer connections needed)/,
  );
  const lines = (await stage.broker.events()).filter(({ text }) => /was turned away/.test(text));
  expect(lines.length).toBeLessThan(2 * ADDRESSES);
  // One that comes late is taken as soon as those that say nothing are cut.
  await stage.goodAgent("db1");
  await stage.heard("db1");
  await stage.heard("web1");
});

/** Connects and says nothing; resolves once the connection stands or is refused. */
async function knock(port: number, index: number, held: Set<Socket>): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: `127.0.0.${2 + (index % ADDRESSES)}` });
  socket.on("error", () => {});
  held.add(socket);
  socket.once("close", () => held.delete(socket));
  await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => {});
}
