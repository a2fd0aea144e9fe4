/** The real `ballastd`, whose log nobody reads or whose disk is full: it balances all the same, and tells what was lost. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { FakeQemu } from "../../../fakes/fake-qemu.ts";
import { LivelyAgent } from "../../../fakes/lively-agent.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { UnreadPipe } from "../../../fakes/unread-pipe.ts";
import { TestBroker } from "../../../testbed/broker.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };
const MAIN = fileURLToPath(new URL("../../../../host/dist/main.js", import.meta.url));
const TUNING = { bootProtect: "1ms", holdAfterTurn: "1s", tick: "100ms", staleAfter: "2s" };
/** Each gives a line or two of the log, some 120 bytes each: more than a pipe or a socket takes. */
const CHANGES = 700;
const AT_ONCE = 20;

async function scene(folder: string, stdout: number | "unread-socket") {
  const guest = { name: "well", qmpPath: join(folder, "well.qmp"), agentPath: join(folder, "well.agent") };
  const qemu = await FakeQemu.start({ path: guest.qmpPath });
  onTestFinished(() => qemu.close());
  const agent = await LivelyAgent.listen(guest.agentPath, qemu.machine);
  const broker = await TestBroker.start({
    ...{ folder, guests: [guest], budgetMib: 8192, accounting: "strict", tuning: TUNING, stdout },
  });
  onTestFinished(() => broker.stop());
  await agent.live();
  await broker.until("well", "known", ({ usedBytes }) => usedBytes !== undefined, 15_000);
  return { broker, agent, machine: qemu.machine };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Moves the guest by hand and back, which is logged each time. */
async function chatter({ broker }: Scene, changes = CHANGES): Promise<void> {
  for (let done = 0; done < changes; done += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => broker.hold("well", i % 2 === 0 ? 300 * MIB : "auto")),
    );
}

/** The control socket answers, and so does an agent's demand, with memory. */
async function expectServed({ broker, agent, machine }: Scene): Promise<void> {
  await broker.squeeze("well", 300 * MIB, 15_000);
  await broker.hold("well", "auto");
  agent.port.received.length = 0;
  agent.port.demand(64 * MIB);
  expect(await agent.port.hears("demand-reply")).toMatchObject({ outcome: "granted" });
  await vi.waitUntil(() => machine.actualBytes >= 364 * MIB, PATIENCE);
}

interface Line {
  readonly msg: string;
  readonly kind?: string;
  /** Of a loss. */
  readonly code?: string;
}

function linesOf(text: string): Line[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => JSON.parse(line));
}

describe("ballastd", () => {
  it("whose log is a pipe that nobody reads serves guests and admin on, and loses no line that there is room for", async () => {
    const folder = socketFolder();
    const pipe = new UnreadPipe(folder);
    const served = await scene(folder, pipe.waitingEnd());
    await chatter(served);
    await expectServed(served);
    let text = pipe.read();
    await vi.waitUntil(() => {
      text += pipe.read();
      return text.split('"kind":"manual"').length > CHANGES;
    }, PATIENCE);
    await served.broker.stop();
    expect(linesOf(text + pipe.read()).map(({ kind }) => kind)).toContain("stopping");
  });

  it("whose log is a socket that nobody reads serves guests and admin on", async () => {
    const served = await scene(socketFolder(), "unread-socket");
    await chatter(served);
    await expectServed(served);
  });

  it("whose log is on a full disk serves guests and admin on", async () => {
    const stdout = openSync("/dev/full", "w");
    onTestFinished(() => closeSync(stdout));
    const served = await scene(socketFolder(), stdout);
    await chatter(served, 100);
    await expectServed(served);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "whose log's disk is full tells so once there is room again (needs root)",
    async () => {
      const folder = socketFolder();
      const disk = join(folder, "disk");
      mkdirSync(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
      onTestFinished(() => void execFileSync("umount", ["-l", disk]));
      const log = join(disk, "log");
      const stdout = openSync(log, "a");
      onTestFinished(() => closeSync(stdout));
      const served = await scene(folder, stdout);
      const filler = join(disk, "filler");
      expect(() => writeFileSync(filler, Buffer.alloc(1024 * 1024))).toThrow(/ENOSPC/);
      await chatter(served, 100);
      await expectServed(served);
      rmSync(filler);
      await vi.waitUntil(() => readFileSync(log, "utf8").includes('"kind":"log"'), PATIENCE);
      const losses = linesOf(readFileSync(log, "utf8")).filter(({ kind }) => kind === "log");
      expect(losses).toMatchObject([
        { code: "ENOSPC", msg: expect.stringContaining("could not be written") },
      ]);
    },
  );
});

/** `ballastd` with a module that is loaded before it. */
function startWith(hook: string, stdio: readonly number[]) {
  const folder = socketFolder();
  const path = join(folder, "ballastd.yaml");
  writeFileSync(
    path,
    `mode: observe\ncontrol: { socket: "${join(folder, "c.sock")}" }\nstate: "${folder}"\n`,
  );
  const [stdout = 1, stderr = 2] = stdio;
  const before = ["--import", `data:text/javascript,${encodeURIComponent(hook)}`];
  const child = spawn(process.execPath, [...before, MAIN, "--config", path], {
    stdio: ["ignore", stdout, stderr],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, folder };
}

describe("ballastd's standard error", () => {
  const whenServing = (what: string) =>
    `import { existsSync } from "node:fs";
     const timer = setInterval(() => {
       const path = process.argv.at(-1).replace("ballastd.yaml", "c.sock");
       if (!existsSync(path)) return;
       clearInterval(timer);
       ${what}
     }, 20);`;

  it("is not where libraries and Node tell what is odd: the log is, as lines of its own kind, without what harms a reader", async () => {
    const [out, err] = [new UnreadPipe(socketFolder()), new UnreadPipe(socketFolder())];
    const hook = whenServing(
      `console.error("a library\\u202e complains"); console.info("chat"); process.emitWarning("deprecated");`,
    );
    startWith(hook, [out.waitingEnd(), err.waitingEnd()]);
    let text = "";
    await vi.waitUntil(() => {
      text += out.read();
      return text.includes("deprecated");
    }, PATIENCE);
    expect(text).toContain("a library\\u202e complains");
    expect(
      linesOf(text)
        .map(({ msg }) => msg)
        .slice(-2),
    ).toEqual(["a library\u202e complains", "Node warns"]);
    expect(err.read()).toBe("");
  });

  it("holds up no crash, though nobody reads it: the process ends, and what can be told is told", async () => {
    for (const isFull of [false, true]) {
      const [out, err] = [new UnreadPipe(socketFolder()), new UnreadPipe(socketFolder())];
      err.fill();
      if (isFull) out.fill();
      const { child } = startWith(whenServing(`throw new Error("boom")`), [
        out.waitingEnd(),
        err.waitingEnd(),
      ]);
      expect(await once(child, "exit")).toEqual([1, null]);
      expect(out.read().includes('"message":"boom"')).toBe(!isFull);
    }
  });
});
