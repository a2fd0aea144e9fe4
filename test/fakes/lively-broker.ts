/** A real broker that serves over HTTP, with guests whose QEMU and agent are fakes that live. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { HistoryStore } from "../../host/src/history/store.ts";
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { HistorySample } from "../../host/src/model/history.ts";
import { type BrokerOptions, TestBroker } from "../testbed/broker.ts";
import { freePort } from "../testbed/free-port.ts";
import { FakeQemu } from "./fake-qemu.ts";
import { LivelyAgent } from "./lively-agent.ts";
import { socketFolder } from "./socket-folder.ts";

const GUESTS = [
  { name: "web", usedMib: 700 },
  { name: "db", usedMib: 1200 },
  { name: "build", usedMib: 150 },
];
const REPORT_TIMEOUT_MS = 30_000;

/** Its guests have 2 GiB each; it ends with the test. `past` is on its disk already. */
export async function aLivelyBroker(
  options: Partial<BrokerOptions> = {},
  past: readonly HistorySample[] = [],
) {
  const folder = socketFolder();
  if (past.length > 0) remember(join(folder, "state"), past);
  const port = await freePort();
  const guests = await Promise.all(
    GUESTS.map(async ({ name, usedMib }) => {
      const [qmpPath, agentPath] = [join(folder, `${name}.qmp`), join(folder, `${name}.agent`)];
      const qemu = await FakeQemu.start({ path: qmpPath, memoryBytes: 2048 * MIB, usedBytes: usedMib * MIB });
      onTestFinished(() => qemu.close());
      const agent = await LivelyAgent.listen(agentPath, qemu.machine);
      return { name, qmpPath, agentPath, agent };
    }),
  );
  const broker = await TestBroker.start({
    ...{ folder, guests, budgetMib: 4096, http: `127.0.0.1:${port}`, ...options },
  });
  onTestFinished(() => broker.stop());
  await Promise.all(guests.map(({ agent }) => agent.live()));
  await broker.until("web", "reported", ({ usedBytes }) => usedBytes !== undefined, REPORT_TIMEOUT_MS);
  return { folder, port, broker };
}

function remember(stateFolder: string, past: readonly HistorySample[]): void {
  mkdirSync(stateFolder, { recursive: true });
  const store = new HistoryStore(join(stateFolder, "history.db"), GIB);
  for (const sample of past) store.write(sample);
  store.close();
}
