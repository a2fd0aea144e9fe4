import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { PARTIAL_DEADLINE_MS, QmpClient, type QmpClientOptions } from "../../../../host/src/qmp/client.ts";
import type { QmpEvent } from "../../../../host/src/qmp/message.ts";
import type { RunState } from "../../../../host/src/qmp/run-state.ts";
import { type FakeMode, FakeQemu } from "../../../fakes/fake-qemu.ts";
import { HandTimers } from "../../../fakes/hand-timers.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

/** Limit for what must happen at some time. */
const PATIENCE_MS = 10_000;

async function setUp(mode: FakeMode = "normal", options: Partial<QmpClientOptions> = {}) {
  const path = join(socketFolder(), "qmp");
  const fake = await FakeQemu.start({ path, mode });
  onTestFinished(() => fake.close());
  return { path, fake, ...newClient(path, options) };
}

function newClient(path: string, options: Partial<QmpClientOptions> = {}) {
  const timers = new HandTimers();
  const states: RunState[] = [];
  const events: QmpEvent[] = [];
  const client = new QmpClient({
    path,
    timers,
    onState: (state) => states.push(state),
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { client, timers, states, events };
}

const commandNames = (fake: FakeQemu) => fake.commands.map(({ name }) => name);

describe("connecting", () => {
  it("goes through the good states and tells QEMU's version", async () => {
    const { client, states } = await setUp();
    expect(await client.connect()).toEqual({ version: "7.2.22", packageName: "fake" });
    await client.close();
    expect(states).toEqual(["connecting", "negotiating", "running", "draining", "closed"]);
    expect(await client.closed).toBeUndefined();
  });

  it("says that the socket is missing and what makes one", async () => {
    const { client, states } = newClient(join(socketFolder(), "none"));
    const error = await client.connect().catch((reason) => reason);
    expect(error).toMatchObject({ code: "QMP_CONNECT", cause: { code: "ENOENT" } });
    expect(error.message).toMatch(/there is no such socket$/);
    expect(error.advice).toContain("-qmp unix:PATH,server=on,wait=off");
    expect(states).toEqual(["connecting", "closed"]);
  });

  it("says that no program listens behind a socket file left over", async () => {
    const path = join(socketFolder(), "file");
    writeFileSync(path, "");
    await expect(newClient(path).client.connect()).rejects.toMatchObject({ code: "QMP_CONNECT" });
  });

  it("refuses a path longer than a socket's may be without hanging", async () => {
    await expect(newClient(join(socketFolder(), "x".repeat(200))).client.connect()).rejects.toMatchObject({
      code: "QMP_CONNECT",
    });
  });

  it("takes a monitor that accepts but stays silent for busy", async () => {
    const { client, timers, fake, states } = await setUp("busy");
    const connected = expect(client.connect()).rejects.toMatchObject({ code: "QMP_BUSY" });
    await vi.waitUntil(() => fake.clientCount === 1, PATIENCE_MS);
    timers.advance(2_000);
    await connected;
    expect(states).toEqual(["connecting", "closed"]);
  });

  it("is greeted as soon as the client before it leaves", async () => {
    const { client, path } = await setUp();
    await client.connect();
    const second = newClient(path);
    const connected = second.client.connect();
    expect(second.states).toEqual(["connecting"]);
    await client.close();
    await connected;
    expect(second.client.state).toBe("running");
    await second.client.close();
  });

  it("tells a peer that does not speak QMP", async () => {
    const { client, states } = await setUp("nonsense");
    const error = await client.connect().catch((reason) => reason);
    expect(error).toMatchObject({ code: "QMP_GREETING", cause: { place: { message: 1, byteOffset: 0 } } });
    expect(states).toEqual(["connecting", "closed"]);
  });

  it("keeps the socket when QEMU greets but does not answer, until it does", async () => {
    const { client, timers, fake, states } = await setUp("mute");
    const connected = expect(client.connect()).rejects.toMatchObject({ code: "QMP_TIMEOUT" });
    await vi.waitUntil(() => commandNames(fake).includes("qmp_capabilities"), PATIENCE_MS);
    timers.advance(60_000);
    await connected;
    expect(fake.clientCount).toBe(1);
    expect(states).toEqual(["connecting", "negotiating", "draining"]);
    fake.setMode("normal");
    await client.closed;
    await vi.waitUntil(() => fake.clientCount === 0, PATIENCE_MS);
  });

  it("cannot be connected twice", async () => {
    const { client } = await setUp();
    await client.connect();
    await expect(client.connect()).rejects.toMatchObject({ code: "QMP_STATE", state: "running" });
    await client.close();
  });

  it("can be closed before it was opened, and twice", async () => {
    const { client, states } = newClient("/nowhere");
    await client.close();
    await client.close();
    expect(states).toEqual(["closed"]);
  });
});

describe("executing", () => {
  it("returns what QEMU returned, and tells when the command was written", async () => {
    const { client } = await setUp();
    await client.connect();
    const onWritten = vi.fn();
    expect(await client.execute("query-balloon", undefined, { onWritten })).toEqual({
      actual: 512 * 1024 * 1024,
    });
    expect(onWritten).toHaveBeenCalledOnce();
    await client.close();
  });

  it("matches replies to commands by id, many at once", async () => {
    const { client } = await setUp("slow");
    await client.connect();
    const replies = await client.batch(() =>
      Promise.all([
        client.execute("query-status"),
        client.execute("query-balloon"),
        client.execute("query-migrate"),
      ]),
    );
    expect(replies).toMatchObject([{ running: true }, { actual: 512 * 1024 * 1024 }, {}]);
    await client.close();
  });

  it("rejects with QEMU's own error and the caller's stack", async () => {
    const { client } = await setUp();
    await client.connect();
    const error = await client.execute("no-such-command").then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({
      code: "QMP_COMMAND",
      errorClass: "CommandNotFound",
      command: "no-such-command",
    });
    expect(error?.stack).toContain("client.test.ts");
    await client.close();
  });

  it("is refused before the connection stands and after it ended", async () => {
    const { client } = await setUp();
    await expect(client.execute("stop")).rejects.toMatchObject({ code: "QMP_STATE", state: "idle" });
    await client.connect();
    await client.close();
    await expect(client.execute("stop")).rejects.toMatchObject({ code: "QMP_STATE", state: "closed" });
  });

  it("gives up at the deadline, keeps the connection, and swallows the late reply", async () => {
    const { client, timers, fake } = await setUp();
    await client.connect();
    fake.setMode("silent");
    const given = expect(client.execute("query-status", undefined, { deadlineMs: 50 })).rejects.toMatchObject(
      {
        code: "QMP_TIMEOUT",
      },
    );
    await vi.waitUntil(() => commandNames(fake).includes("query-status"), PATIENCE_MS);
    timers.advance(50);
    await given;
    expect(client).toMatchObject({ state: "running", overdue: true, discarded: 0 });
    fake.setMode("normal");
    expect(await client.execute("query-balloon")).toMatchObject({ actual: expect.any(Number) });
    expect(client).toMatchObject({ overdue: false, discarded: 1 });
    await client.close();
  });

  it("sends nothing more to a QEMU that owes an answer for 30 s, but keeps the connection", async () => {
    const { client, timers, fake } = await setUp();
    await client.connect();
    fake.setMode("silent");
    const first = expect(client.execute("query-status")).rejects.toMatchObject({ code: "QMP_TIMEOUT" });
    timers.advance(30_001);
    await first;
    await expect(client.execute("stop")).rejects.toMatchObject({ code: "QMP_HUNG" });
    expect(client.state).toBe("running");
    await vi.waitUntil(() => commandNames(fake).includes("query-status"), PATIENCE_MS);
    fake.setMode("normal");
    await vi.waitUntil(() => !client.overdue, PATIENCE_MS);
    expect(commandNames(fake)).toEqual(["qmp_capabilities", "query-status"]);
    await client.close();
  });

  it("bounds how many answers may be owed", async () => {
    const { client, fake } = await setUp();
    await client.connect();
    fake.setMode("silent");
    const waiting = Array.from({ length: 64 }, () =>
      client.execute("query-status").catch((reason) => reason.code),
    );
    await expect(client.execute("query-status")).rejects.toMatchObject({ code: "QMP_HUNG" });
    fake.hangUp();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["QMP_INTERRUPTED"]));
  });

  it.each(["garbled", "oversized"] as const)(
    "ends the connection when the peer's answer is %s",
    async (mode) => {
      const { client, fake, states } = await setUp();
      await client.connect();
      fake.setMode(mode);
      await expect(client.execute("query-balloon")).rejects.toMatchObject({
        code: "QMP_INTERRUPTED",
        cause: { code: "QMP_PROTOCOL", place: { message: 3 } },
      });
      expect((await client.closed)?.code).toBe("QMP_PROTOCOL");
      expect(states).toEqual(["connecting", "negotiating", "running", "closed"]);
    },
  );

  it("ends the connection when an answer has begun and does not end", async () => {
    const { client, fake, timers } = await setUp("normal", { commandDeadlineMs: 60_000 });
    await client.connect();
    fake.setMode("unending");
    const answer = client.execute("query-balloon").catch((reason) => reason);
    await vi.waitUntil(() => commandNames(fake).includes("query-balloon"), PATIENCE_MS);
    await vi.waitUntil(() => timers.delays.includes(PARTIAL_DEADLINE_MS), PATIENCE_MS);
    timers.advance(PARTIAL_DEADLINE_MS);
    expect(await answer).toMatchObject({ code: "QMP_INTERRUPTED", cause: { code: "QMP_PROTOCOL" } });
  });

  it("handles no more of a flood than its budget, answers within it, and goes on with the rest later", async () => {
    const { client, fake, timers, events } = await setUp();
    await client.connect();
    for (let i = 0; i < 20_000; i++) fake.emit("RESET");
    await vi.waitUntil(() => timers.delays.length > 0, PATIENCE_MS);
    const first = events.length;
    expect(first).toBeGreaterThan(500);
    expect(first).toBeLessThan(2_000);
    for (let second = 0; second < 10; second++) timers.advance(1_000);
    expect(events.length - first).toBeLessThan(2_000);
    expect(events.length).toBeGreaterThan(first);
  });

  it("ends every command when QEMU hangs up in the middle of an answer", async () => {
    const { client, fake } = await setUp();
    await client.connect();
    fake.setMode("cut");
    const codes = await Promise.all(
      ["query-balloon", "query-status"].map((command) =>
        client.execute(command).catch((reason) => reason.code),
      ),
    );
    expect(codes).toEqual(["QMP_INTERRUPTED", "QMP_INTERRUPTED"]);
    expect((await client.closed)?.code).toBe("QMP_CLOSED");
  });
});

describe("closing", () => {
  it("waits for the answer of a command under way and takes no new one", async () => {
    const { client, fake } = await setUp();
    await client.connect();
    fake.setMode("silent");
    const answer = client.execute("query-status");
    const closed = client.close();
    await expect(client.execute("stop")).rejects.toMatchObject({ code: "QMP_STATE", state: "draining" });
    await vi.waitUntil(() => commandNames(fake).includes("query-status"), PATIENCE_MS);
    expect(fake.clientCount).toBe(1);
    fake.setMode("normal");
    expect(await answer).toMatchObject({ running: true });
    await closed;
  });

  it("waits no longer than the command's deadline", async () => {
    const { client, timers, fake } = await setUp();
    await client.connect();
    fake.setMode("silent");
    const answer = expect(client.execute("query-status")).rejects.toMatchObject({ code: "QMP_TIMEOUT" });
    const closed = client.close();
    expect(client.state).toBe("draining");
    timers.advance(3_000);
    await answer;
    await closed;
  });
});

describe("events", () => {
  it("are passed on with data and time", async () => {
    const { client, fake, events } = await setUp();
    await client.connect();
    fake.emit("BALLOON_CHANGE", { actual: 17 });
    await vi.waitUntil(() => events.length === 1, PATIENCE_MS);
    expect(events).toEqual([{ name: "BALLOON_CHANGE", data: { actual: 17 }, atWallMs: expect.any(Number) }]);
    await client.close();
  });
});
