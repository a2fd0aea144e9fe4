/** A real broker whose history knows the days before. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { likeHours } from "../../../../host/src/history/forecast.ts";
import { HistoryStore } from "../../../../host/src/history/store.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import { FakeQemu } from "../../../fakes/fake-qemu.ts";
import { aGuestPoint, aSample } from "../../../fakes/history-samples.ts";
import { LivelyAgent } from "../../../fakes/lively-agent.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { TestBroker } from "../../../testbed/broker.ts";

const MINUTE_MS = 60_000;
const USED_MIB = 380;

/** Three days on which the guest used more in this hour, and in the next, which may begin meanwhile. */
function writeDays(path: string): void {
  const store = new HistoryStore(path, GIB);
  const guests = [aGuestPoint({ name: "backup", usedBytes: USED_MIB * MIB })];
  for (const beginMs of likeHours(Date.now()).daily.slice(0, 3).reverse())
    for (let minute = 0; minute <= 120; minute++)
      store.write({ ...aSample(0, { guests }), atMs: beginMs + minute * MINUTE_MS });
  store.close();
}

it("keeps room for what the guest used at this hour of the last days, and says so", async () => {
  const folder = socketFolder();
  mkdirSync(join(folder, "state"));
  writeDays(join(folder, "state", "history.db"));
  const guest = { name: "backup", qmpPath: join(folder, "g.qmp"), agentPath: join(folder, "g.agent") };
  const qemu = await FakeQemu.start({ path: guest.qmpPath });
  onTestFinished(() => qemu.close());
  const agent = await LivelyAgent.listen(guest.agentPath, qemu.machine);
  const tuning = { bootProtect: "1ms", tick: "100ms" };
  const broker = await TestBroker.start({
    ...{ folder, guests: [guest], budgetMib: 8192, accounting: "strict", tuning },
  });
  onTestFinished(() => broker.stop());
  await agent.live();
  const { verdict } = await vi.waitUntil(
    async () => {
      const explanation = await broker.explain("backup").catch(() => undefined);
      return explanation?.verdict.forecastBytes === undefined ? undefined : explanation;
    },
    { timeout: 20_000, interval: 50 },
  );
  expect(verdict.forecastBytes).toBe(USED_MIB * MIB);
  const { floorBytes = 0, usedBytes = 0, wantBytes = 0 } = verdict;
  expect(wantBytes).toBeGreaterThanOrEqual(Math.min(512 * MIB, floorBytes - usedBytes + USED_MIB * MIB));
});
