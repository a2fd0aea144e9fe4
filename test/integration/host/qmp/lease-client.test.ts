import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { LeaseClient, type LeaseClientOptions } from "../../../../host/src/qmp/lease/lease-client.ts";
import type { MonitorSight } from "../../../../host/src/qmp/lease/sight.ts";
import { type FakeMode, FakeQemu } from "../../../fakes/fake-qemu.ts";
import { HandTimers } from "../../../fakes/hand-timers.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

/** Limit for what must happen at some time. */
const PATIENCE_MS = 10_000;
const FREE = { queue: { listener: "1", holders: 0, waiters: 0 } };
const HELD = { queue: { listener: "1", holders: 1, waiters: 0 } };

async function setUp(mode: FakeMode = "normal", options: Partial<LeaseClientOptions> = {}) {
  const fake = await FakeQemu.start({ path: join(socketFolder(), "qmp"), mode });
  onTestFinished(() => fake.close());
  const stage: { sight: MonitorSight } = { sight: FREE };
  const watch = vi.fn(async () => stage.sight);
  const timers = new HandTimers();
  const told = { onUp: vi.fn(), onDown: vi.fn() };
  const client = new LeaseClient({ path: fake.path, watch, timers, random: () => 0, ...told, ...options });
  return { fake, stage, watch, timers, client, ...told };
}

const names = (fake: FakeQemu) => fake.commands.map(({ name }) => name);
const isGone = (fake: FakeQemu) => vi.waitUntil(() => fake.clientCount === 0, PATIENCE_MS);

/** Lets what was begun look at the queue. */
async function looked(watch: { readonly mock: { readonly calls: unknown[] } }, times: number) {
  await vi.waitUntil(() => watch.mock.calls.length >= times, PATIENCE_MS);
  await turn();
}

describe("a lease", () => {
  it("sends all that was asked in one turn in one connection, and leaves", async () => {
    const { fake, client, onUp, watch } = await setUp();
    const answers = await Promise.all([client.execute("query-status"), client.execute("query-balloon")]);
    expect(answers).toMatchObject([{ status: "running" }, { actual: 512 * 1024 * 1024 }]);
    expect(names(fake)).toEqual(["qmp_capabilities", "query-status", "query-balloon"]);
    expect(onUp).toHaveBeenCalledOnce();
    expect(watch).toHaveBeenCalledOnce();
    await isGone(fake);
  });

  it("sends nothing before the greeting, and then all in one write", async () => {
    const { fake, client } = await setUp();
    await Promise.all([client.execute("query-status"), client.execute("query-balloon")]);
    expect(fake.chunks).toEqual([3]);
  });

  it("opens a new connection for what is asked after its write", async () => {
    const { fake, client } = await setUp();
    await client.execute("query-status");
    await client.execute("query-status");
    expect(names(fake)).toEqual(["qmp_capabilities", "query-status", "qmp_capabilities", "query-status"]);
    expect(fake.connections).toBe(2);
  });

  it("sends at most 24 commands, and the others in the next one", async () => {
    const { fake, client } = await setUp();
    await Promise.all(Array.from({ length: 30 }, () => client.execute("query-status")));
    expect(names(fake).map((name) => name === "qmp_capabilities")).toEqual([
      true,
      ...Array.from({ length: 24 }, () => false),
      true,
      ...Array.from({ length: 6 }, () => false),
    ]);
  });

  it("takes no more than 64 commands at a time", async () => {
    const { client, stage, timers } = await setUp();
    stage.sight = HELD;
    const all = Array.from({ length: 65 }, () => client.execute("query-status").catch(({ code }) => code));
    expect(await all[64]).toBe("QMP_HUNG");
    timers.advance(3_000);
    expect(await all[63]).toBe("QMP_BUSY");
  });
});

describe("a monitor that another client has", () => {
  it("is not connected to until it is free", async () => {
    const { fake, client, stage, watch, timers } = await setUp();
    stage.sight = HELD;
    const answer = client.execute("query-status");
    await looked(watch, 1);
    timers.advance(5);
    await looked(watch, 2);
    expect(fake.connections).toBe(0);
    stage.sight = FREE;
    timers.advance(5);
    expect(await answer).toMatchObject({ status: "running" });
    expect(client.worstWaitMs).toBe(10);
  });

  it("makes the caller hear at its deadline that it is busy and why, and is left alone", async () => {
    const { fake, client, stage, watch, timers } = await setUp();
    stage.sight = { queue: { holders: 1, waiters: 1 } };
    const refused = client.execute("balloon", { value: 1 }, { deadlineMs: 200 }).catch((error) => error);
    await looked(watch, 1);
    timers.advance(200);
    expect(await refused).toMatchObject({
      code: "QMP_BUSY",
      message: expect.stringMatching(/balloon not sent.* within 200 ms \(other programs wait for it\)/),
    });
    stage.sight = FREE;
    timers.advance(1_000);
    await turn();
    expect(fake.connections).toBe(0);
    expect(client.worstWaitMs).toBeCloseTo(200, 0);
  });

  it("does not count as a wait while its QEMU stands still", async () => {
    const { client, stage, watch, timers } = await setUp();
    stage.sight = { ...HELD, mainThread: "T" };
    const refused = client.execute("query-status", undefined, { deadlineMs: 4 });
    await looked(watch, 1);
    timers.advance(4);
    await expect(refused).rejects.toThrow(/stopped: state T/);
    expect(client.worstWaitMs).toBe(4);
  });
});

describe("a QEMU that does not come to its client", () => {
  it("keeps it in the queue after the caller's deadline, and is left when it greets for nothing", async () => {
    const { fake, client, timers } = await setUp("busy");
    const refused = client.execute("balloon", { value: 1 }, { deadlineMs: 200 }).catch((error) => error);
    await vi.waitUntil(() => fake.clientCount === 1, PATIENCE_MS);
    timers.advance(200);
    expect(await refused).toMatchObject({ code: "QMP_BUSY" });
    timers.advance(60_000);
    await turn();
    expect(fake.clientCount).toBe(1);
    fake.greetLate();
    await isGone(fake);
    expect(names(fake)).toEqual(["qmp_capabilities"]);
  });

  it("gets what is still wanted when it greets late, and no second connection meanwhile", async () => {
    const { fake, client, timers } = await setUp("busy");
    const old = client.execute("query-balloon", undefined, { deadlineMs: 200 }).catch(({ code }) => code);
    await vi.waitUntil(() => fake.clientCount === 1, PATIENCE_MS);
    timers.advance(200);
    const fresh = client.execute("query-status");
    await turn();
    fake.greetLate();
    expect([await old, await fresh]).toMatchObject(["QMP_BUSY", { status: "running" }]);
    expect(names(fake)).toEqual(["qmp_capabilities", "query-status"]);
    expect(fake.connections).toBe(1);
  });

  it("is not left with an answer outstanding, however long that takes", async () => {
    const { fake, client, timers } = await setUp("silent");
    const late = client.execute("query-status").catch(({ code }) => code);
    await vi.waitUntil(() => names(fake).includes("query-status"), PATIENCE_MS);
    timers.advance(3_000);
    expect(await late).toBe("QMP_TIMEOUT");
    expect(client.overdue).toBe(true);
    timers.advance(600_000);
    await turn();
    expect(fake.clientCount).toBe(1);
    fake.setMode("normal");
    await isGone(fake);
    expect(client.overdue).toBe(false);
  });
});

describe("a QEMU that comes and goes", () => {
  it("is told as gone when no program listens, and as back when it greets", async () => {
    const { fake, client, onUp, onDown } = await setUp();
    await client.execute("query-status");
    await fake.close();
    await expect(client.execute("query-status")).rejects.toMatchObject({ code: "QMP_CONNECT" });
    expect(onDown).toHaveBeenCalledOnce();
    const second = await FakeQemu.start({ path: fake.path });
    onTestFinished(() => second.close());
    await client.execute("query-status");
    expect(onUp).toHaveBeenCalledTimes(2);
  });

  it("is another one when another socket listens: nothing meant for the first is sent to it", async () => {
    const { fake, client, stage, onUp, onDown } = await setUp();
    await client.execute("query-status");
    stage.sight = { queue: { listener: "2", holders: 0, waiters: 0 } };
    await expect(client.execute("balloon", { value: 1 })).rejects.toMatchObject({ code: "QMP_CLOSED" });
    expect(onDown).toHaveBeenCalledOnce();
    await client.execute("query-status");
    expect(onUp).toHaveBeenCalledTimes(2);
    expect(names(fake)).not.toContain("balloon");
  });

  it("is tried with growing pauses when it hangs up without a word", async () => {
    const { fake, client, watch, timers } = await setUp("busy");
    const refused = client.execute("query-status").catch(({ code }) => code);
    await vi.waitUntil(() => fake.clientCount === 1, PATIENCE_MS);
    fake.hangUp();
    expect(await refused).toBe("QMP_GREETING");
    expect(watch).toHaveBeenCalledOnce();
    expect(timers.delays).toEqual([]);
  });
});

describe("closing", () => {
  it("waits for the answers that are outstanding", async () => {
    const { fake, client } = await setUp("slow");
    const answer = client.execute("query-status");
    await client.close();
    expect(await answer).toMatchObject({ status: "running" });
    await expect(client.execute("query-status")).rejects.toMatchObject({ code: "QMP_STATE" });
    await isGone(fake);
  });

  it("is not held up for long by a QEMU that does not answer", async () => {
    const { client, fake, timers } = await setUp("silent");
    const refused = client.execute("query-status").catch(({ code }) => code);
    await vi.waitUntil(() => names(fake).includes("query-status"), PATIENCE_MS);
    const closed = client.close(500);
    timers.advance(3_000);
    await closed;
    expect(await refused).toBe("QMP_TIMEOUT");
  });
});
