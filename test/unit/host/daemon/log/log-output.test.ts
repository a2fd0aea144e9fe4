import { describe, expect, it } from "vitest";
import { DRAIN_MS, LogOutput, type Loss } from "../../../../../host/src/daemon/log/log-output.ts";
import { HandTimers } from "../../../../fakes/hand-timers.ts";

/** Lets all promises settle that can. */
const settle = () => new Promise(setImmediate);

/** Takes so many bytes of each write, or fails. */
class FakeSink {
  text = "";
  attempts = 0;
  failure: string | undefined;
  mostBytes = Number.POSITIVE_INFINITY;

  async write(bytes: Uint8Array): Promise<number> {
    this.attempts++;
    return this.writeNow(bytes);
  }

  writeNow(bytes: Uint8Array): number {
    if (this.failure !== undefined) throw Object.assign(new Error("no"), { code: this.failure });
    const taken = bytes.subarray(0, this.mostBytes);
    this.text += Buffer.from(taken).toString();
    return taken.length;
  }
}

function scene(mostWaitingBytes = 1000) {
  const sink = new FakeSink();
  const timers = new HandTimers();
  const losses: Loss[] = [];
  const onLoss = (loss: Loss) => {
    losses.push(loss);
    output.write(`lost ${loss.droppedLines} ${loss.code}\n`);
  };
  const output = new LogOutput({ sink, timers, onLoss, mostWaitingBytes });
  const write = (from: number, to: number) => {
    for (let i = from; i < to; i++) output.write(`${String(i).padStart(9)}\n`);
  };
  const lines = () => sink.text.split("\n").map((line) => line.trim());
  return { sink, timers, losses, output, write, lines };
}

const count = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`);

describe("the log's output", () => {
  it("writes all lines in order, whatever the sink takes at a time", async () => {
    const { sink, output, write, lines, losses } = scene();
    sink.mostBytes = 3;
    write(0, 10);
    await output.drain();
    write(10, 20);
    await output.drain();
    expect(lines()).toEqual([...count(0, 20), ""]);
    expect(losses).toEqual([]);
  });

  it("takes up lines that come in the moment in which it has nothing more to write", async () => {
    const { write, lines } = scene();
    for (let i = 0; i < 50; i++) {
      write(i, i + 1);
      await Promise.resolve();
    }
    await settle();
    expect(lines()).toEqual([...count(0, 50), ""]);
  });

  it("keeps the oldest lines while the disk is full, counts the others, and tells it in one line at their place", async () => {
    const { sink, timers, write, lines, losses } = scene();
    sink.failure = "ENOSPC";
    write(0, 1);
    await settle();
    write(1, 500);
    await settle();
    sink.failure = undefined;
    write(500, 501);
    timers.advance(1_000);
    await settle();
    write(501, 503);
    await settle();
    expect(lines()).toEqual([...count(0, 101), "lost 400 ENOSPC", "501", "502", ""]);
    expect(losses).toEqual([{ droppedLines: 400, code: "ENOSPC" }]);
  });

  it("tells that it was held up when no line was lost", async () => {
    const { sink, timers, write, lines, losses } = scene();
    sink.failure = "EIO";
    write(0, 5);
    for (let i = 0; i < 3; i++) {
      await settle();
      timers.advance(1_000);
    }
    sink.failure = undefined;
    await settle();
    timers.advance(1_000);
    await settle();
    expect(lines()).toEqual([...count(0, 5), "lost 0 EIO", ""]);
    expect(losses).toEqual([{ droppedLines: 0, code: "EIO" }]);
    expect(sink.attempts).toBeLessThan(10);
  });

  it("waits for a pipe that is full without a word, and without asking it all the time", async () => {
    const { sink, timers, write, lines, losses } = scene();
    sink.failure = "EAGAIN";
    write(0, 5);
    await settle();
    expect({ attempts: sink.attempts, pauses: timers.delays }).toEqual({ attempts: 1, pauses: [50] });
    sink.failure = undefined;
    timers.advance(50);
    await settle();
    expect(lines()).toEqual([...count(0, 5), ""]);
    expect(losses).toEqual([]);
  });

  it("gives a reader that does not read one second at the end", async () => {
    const { sink, timers, output, write } = scene();
    sink.failure = "EAGAIN";
    write(0, 5);
    await settle();
    let isDrained = false;
    const drained = output.drain().then(() => {
      isDrained = true;
    });
    timers.advance(DRAIN_MS - 1);
    await settle();
    expect(isDrained).toBe(false);
    timers.advance(1);
    await drained;
  });

  it("writes at once what it can when the process ends, and never throws", async () => {
    const { sink, output, write, lines } = scene();
    write(0, 5);
    output.flush();
    expect(lines()).toEqual([...count(0, 5), ""]);
    sink.failure = "EAGAIN";
    write(5, 10);
    output.flush();
    await settle();
    expect(lines()).toEqual([...count(0, 5), ""]);
  });
});
