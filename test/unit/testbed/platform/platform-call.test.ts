import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { PlatformCall, type PlatformCommand } from "../../../testbed/platform/platform-call.ts";

const PATIENCE_MS = 20_000;
type Question = PlatformCommand & { readonly id: string };

/** A monitor that greets when `greet` says so, and answers each question with what `answer` makes of it. */
async function aMonitor(answer: (question: Question) => object, greetFirst = true) {
  const path = join(socketFolder(), "m.qmp");
  const asked: Question[] = [];
  const server = net.createServer((socket) => {
    const say = (message: object) => socket.write(`${JSON.stringify(message)}\r\n`);
    if (greetFirst) say({ QMP: {} });
    socket.on("data", (chunk) => {
      // No line end stands between questions, and none comes before the answer to the last.
      const question = JSON.parse(chunk.toString()) as Question;
      asked.push(question);
      if (!greetFirst) say({ QMP: {} });
      say({ event: "RESUME" });
      say({ id: question.id, ...answer(question) });
    });
    socket.on("error", () => undefined);
  });
  server.listen(path);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const call = await PlatformCall.open(path, PATIENCE_MS);
  onTestFinished(() => call.close());
  return { call, asked };
}

describe("a call as Proxmox's client makes it", () => {
  it("asks at once, without waiting for the greeting, and one after the other", async () => {
    const { call, asked } = await aMonitor(() => ({ return: {} }), false);
    await call.ask([{ execute: "query-status" }, { execute: "balloon", arguments: { value: 1 } }]);
    expect(asked.map(({ execute, arguments: args }) => [execute, args])).toEqual([
      ["qmp_capabilities", {}],
      ["query-status", {}],
      ["balloon", { value: 1 }],
    ]);
    const [first, second] = asked.map(({ id }) => Number(id.split(":")[1]));
    expect(second).toBe((first ?? 0) + 1);
  });

  it.each([
    ["the answer to another's question", { id: "1:1" }, /another's question: 1:1/],
    ["an answer without id", { id: undefined, return: {} }, /without id/],
    ["a refusal", { error: { class: "GenericError", desc: "busy" } }, /busy/],
  ])("fails at %s", async (_, answer, reason) => {
    const { call } = await aMonitor(() => answer);
    await expect(call.ask([])).rejects.toThrow(reason);
  });

  it("takes it for an answer that a QEMU does not know Proxmox's own command", async () => {
    const unknown = { error: { class: "CommandNotFound", desc: "not found" } };
    const { call } = await aMonitor(({ execute }) => (execute === "query-backup" ? unknown : { return: {} }));
    await call.ask([{ execute: "query-backup" }, { execute: "query-status" }]);
  });

  it("fails at once where no program listens", async () => {
    await expect(PlatformCall.open(join(socketFolder(), "none"), PATIENCE_MS)).rejects.toThrow(/ENOENT/);
  });
});
