/** The log's output over what standard output really is: pipes, files, a full disk. */
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { LogOutput, type Loss } from "../../../../host/src/daemon/log/log-output.ts";
import { openSink, type Sink } from "../../../../host/src/daemon/log/sink.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { UnreadPipe } from "../../../fakes/unread-pipe.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
const MOST_WAITING_BYTES = 32 * 1024;
const LINES = 5_000;

function outputTo(sink: Sink) {
  const losses: Loss[] = [];
  const onLoss = (loss: Loss) => {
    losses.push(loss);
    output.write(`lost ${loss.droppedLines}\n`);
  };
  const output = new LogOutput({ sink, onLoss, mostWaitingBytes: MOST_WAITING_BYTES });
  return { output, losses };
}

async function writeLines(output: LogOutput): Promise<void> {
  for (let i = 0; i < LINES; i++) {
    output.write(`line ${i} ${"x".repeat(100)}\n`);
    if (i % 100 === 0) await new Promise(setImmediate);
  }
}

/** Whole lines in order, and as many missing at each place as is told there; the number of the next line. */
function nextLine(text: string): number {
  let next = 0;
  for (const line of text.split("\n").slice(0, -1)) {
    const [, lost, number] = /^(?:lost (\d+)|line (\d+) x{100})$/.exec(line) ?? [];
    if (number !== undefined) expect(Number(number)).toBe(next++);
    else next += Number(lost);
  }
  return next;
}

describe("the log", () => {
  it("to a pipe that nobody reads drops what is too much; the reader that comes gets whole lines, and how many are missing", async () => {
    const pipe = new UnreadPipe(socketFolder());
    const { output, losses } = outputTo(openSink(pipe.waitingEnd()));
    await writeLines(output);
    let text = "";
    await vi.waitUntil(() => {
      text += pipe.read();
      return nextLine(text) === LINES;
    }, PATIENCE);
    const lost = losses.reduce((sum, { droppedLines }) => sum + droppedLines, 0);
    expect(lost).toBeGreaterThan(LINES / 2);
    expect(losses.every(({ code }) => code === undefined)).toBe(true);
  });

  it("to a pipe whose reader went goes on when another comes", async () => {
    const pipe = new UnreadPipe(socketFolder());
    const { output, losses } = outputTo(openSink(pipe.waitingEnd()));
    pipe.close();
    output.write("nobody\n");
    await output.drain();
    pipe.open();
    await vi.waitUntil(() => losses.length > 0, PATIENCE);
    expect(losses).toEqual([{ droppedLines: 0, code: "EPIPE" }]);
    await output.drain();
    expect(pipe.read()).toBe("nobody\nlost 0\n");
  });

  it("to a file that is on a full disk never throws", async () => {
    const fd = openSync("/dev/full", "w");
    onTestFinished(() => closeSync(fd));
    const { output, losses } = outputTo(openSink(fd));
    await writeLines(output);
    output.flush();
    expect(losses).toEqual([]);
  });

  it("to a file is whole, or tells what is missing", async () => {
    const path = join(socketFolder(), "log");
    const fd = openSync(path, "a");
    onTestFinished(() => closeSync(fd));
    const { output } = outputTo(openSink(fd));
    await writeLines(output);
    await output.drain();
    expect(nextLine(readFileSync(path, "utf8"))).toBe(LINES);
  });
});
