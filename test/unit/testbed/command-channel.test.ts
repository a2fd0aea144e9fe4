import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandChannel, findAnswer } from "../../testbed/command-channel.ts";

describe("findAnswer", () => {
  it.each([
    ["\n<<a-1\none\ntwo\n\n>>a-1 0\n", { status: 0, output: "one\ntwo" }],
    ["\n<<a-1\nno line break\n>>a-1 3\n", { status: 3, output: "no line break" }],
    ["\n<<a-1\n\n>>a-1 1\n", { status: 1, output: "" }],
    ["\n<<a-0\nlate\n>>a-0 0\n\n<<a-1\nmine\n>>a-1 0\n", { status: 0, output: "mine" }],
  ])("reads %j", (received, answer) => {
    expect(findAnswer(received, "a-1")).toEqual(answer);
  });

  it.each([
    "",
    "\n<<a-1\n",
    "\n<<a-1\nhalf",
    "\n<<a-1\nx\n>>a-1",
    "\n<<a-1\nx\n>>a-1 0",
    "\n<<a-2\nx\n>>a-2 0\n",
  ])("waits on for the end of %j", (received) => {
    expect(findAnswer(received, "a-1")).toBeUndefined();
  });
});

describe("CommandChannel", () => {
  let folder: string;
  let server: Server;
  let guestEnd: Promise<Socket>;
  let channel: CommandChannel;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "bc-"));
    server = createServer();
    guestEnd = new Promise((resolve) => server.once("connection", resolve));
    await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
    channel = await CommandChannel.connect(join(folder, "s"), 5_000);
  });

  afterEach(async () => {
    channel.close();
    (await guestEnd).destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** Plays the guest: hands each command to `answer` and sends back what that makes of it. */
  async function answerWith(answer: (command: string) => string | undefined): Promise<string[]> {
    const seen: string[] = [];
    const end = await guestEnd;
    // By lines, not by chunks: on a busy machine two commands arrive in one.
    createInterface({ input: end }).on("line", (line) => {
      const [, id = "", command = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
      seen.push(command);
      const output = answer(command);
      if (output !== undefined) end.write(`\n<<${id}\n${output}\n>>${id} 0\n`);
    });
    return seen;
  }

  it("runs one command after the other in the order of the calls", async () => {
    const seen = await answerWith((command) => `did ${command}`);
    const results = await Promise.all([channel.run("a"), channel.run("b"), channel.run("c")]);
    expect(results.map(({ output }) => output)).toEqual(["did a", "did b", "did c"]);
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("goes on with the next command after one that was not answered in time", async () => {
    await answerWith((command) => (command === "hang" ? undefined : "fine"));
    await expect(channel.run("hang", { timeoutMs: 20 })).rejects.toThrow("no answer in 20 ms: hang");
    expect((await channel.run("next")).output).toBe("fine");
  });

  it("refuses a command of two lines", async () => {
    await expect(channel.run("a\nb")).rejects.toMatchObject({ code: "TESTBED_COMMAND" });
  });

  it("fails a command, and those after it, when the guest is gone", async () => {
    const end = await guestEnd;
    const waiting = channel.run("a");
    end.destroy();
    await expect(waiting).rejects.toThrow("the guest is gone: a");
    await expect(channel.run("b")).rejects.toThrow("the guest is gone: b");
  });
});
