/** How all guests are observed in one tick. */
import { expect, it } from "vitest";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import { GuestPoller } from "../../../../host/src/broker/guest-poller.ts";
import { GuestRecord } from "../../../../host/src/broker/guest-record.ts";
import { OtherControllers } from "../../../../host/src/broker/other-controllers.ts";
import { aGuestMonitor, anEntry } from "../../../fakes/broker-adapters.ts";

const clock = { nowMs: () => 0, wallMs: () => 0 };
const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A hundred guests whose processes are read; `told` is what was asked of the reader, and what was news. */
async function pollAll() {
  const told: string[] = [];
  let [reading, most] = [0, 0];
  const processMemory = {
    expect: (paths: readonly string[]) => void told.push(`expect ${paths.length}`),
    read: async () => {
      most = Math.max(most, ++reading);
      told.push("read");
      await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
      return undefined;
    },
  };
  const events = new EventLog(clock, silentLog);
  const others = new OtherControllers(clock, { of: async () => [] }, events);
  const news: string[] = [];
  const poller = new GuestPoller(clock, processMemory, events, others, (name) => news.push(name));
  const records = Array.from({ length: 100 }, (_, i) => {
    const entry = anEntry({ name: `web${i}`, qmpPath: `/run/web${i}.qmp` });
    return new GuestRecord(entry, aGuestMonitor(), undefined, 0);
  });
  await poller.pollAll(records, () => ({}));
  return { told, most, news };
}

it("tells of all guests' processes before it reads the first: they are searched for once", async () => {
  const { told } = await pollAll();
  expect(told.slice(0, 2)).toEqual(["expect 100", "read"]);
  expect(told.filter((each) => each === "read")).toHaveLength(100);
});

it("observes some of them at a time, and tells of each that it was observed", async () => {
  const { most, news } = await pollAll();
  expect(most).toBe(12);
  expect(new Set(news).size).toBe(100);
});
