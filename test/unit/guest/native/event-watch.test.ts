/** What wakes the agent between samples, with the real poll(2) on a FIFO. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { EventWatch } from "../../../../guest/src/native/event-watch.ts";
import { loadKoffi } from "../../../../guest/src/native/koffi.ts";
import { type Libc, openLibc } from "../../../../guest/src/native/libc.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

let libc: Libc;
let channel: number;
let events: string[];

beforeAll(async () => {
  const koffi = await loadKoffi();
  const opened = koffi && openLibc(koffi);
  if (!opened) throw new Error("koffi cannot be loaded here");
  libc = opened;
});

beforeEach(() => {
  channel = fifo();
  events = [];
});

function fifo(): number {
  const path = join(socketFolder(), "fifo");
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(fd));
  return fd;
}

function watchEvents(stallFd?: number): EventWatch {
  const watch = new EventWatch(libc, stallFd, {
    channel: () => events.push("channel"),
    stall: () => events.push("stall"),
  });
  onTestFinished(() => watch.close());
  return watch;
}

const happened = (...expected: string[]) =>
  vi.waitUntil(() => events.join() === expected.join(), { timeout: 10_000, interval: 2 });

/** A descriptor of which poll(2) says POLLERR. */
function brokenPipe(): number {
  const path = join(socketFolder(), "fifo");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  closeSync(reader);
  return writer;
}

describe("an event watch", () => {
  it("reports once that the channel has something to read, until it watches again", async () => {
    const watch = watchEvents();
    watch.watch(channel);
    writeSync(channel, "1");
    await happened("channel");
    writeSync(channel, "2");
    readSync(channel, Buffer.alloc(2));
    watch.watch(channel);
    writeSync(channel, "3");
    await happened("channel", "channel");
  });

  it("dozes on this thread for as long as nothing happens, and leaves what happened to the loop", async () => {
    const watch = watchEvents();
    expect(watch.doze(0)).toBe(false);
    watch.watch(channel);
    expect(watch.doze(1)).toBe(true);
    writeSync(channel, "1");
    expect(watch.doze(60_000)).toBe(false);
    expect(events).toEqual([]);
    await happened("channel");
    expect(watch.doze(60_000)).toBe(false);
  });

  it("turns to another channel, and away from one that is gone, while it waits", async () => {
    const [watch, other] = [watchEvents(), fifo()];
    watch.watch(channel);
    watch.watch(undefined);
    watch.watch(other);
    writeSync(channel, "no program listens any more");
    writeSync(other, "1");
    await happened("channel");
    readSync(other, Buffer.alloc(1));
    expect(events).toEqual(["channel"]);
  });

  it("goes on without a stall trigger that the kernel takes away", async () => {
    const stalls = brokenPipe();
    const watch = watchEvents(stalls);
    watch.watch(channel);
    await happened("stall");
    expect(existsSync(`/proc/self/fd/${stalls}`)).toBe(false);
    watch.watch(channel);
    writeSync(channel, "1");
    await happened("stall", "channel");
  });

  it("lets the process end when it is closed, waiting or not", async () => {
    const idle = watchEvents();
    idle.close();
    const waiting = watchEvents();
    waiting.watch(channel);
    const before = openDescriptors();
    waiting.close();
    await vi.waitUntil(() => openDescriptors() < before, { timeout: 10_000 });
    writeSync(channel, "1");
    waiting.watch(channel);
    expect(events).toEqual([]);
  });
});

function openDescriptors(): number {
  let count = 0;
  for (let fd = 0; fd < 256; fd++) if (existsSync(`/proc/self/fd/${fd}`)) count++;
  return count;
}
