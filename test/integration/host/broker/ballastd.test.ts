/** The real `ballastd`, as a process: wrong configs, reloads, ends and restarts, and what an admin then reads. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { HAND_OVER } from "../../../../host/src/daemon/signals.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { FakeQemu, type FakeQemuOptions } from "../../../fakes/fake-qemu.ts";
import { LivelyAgent } from "../../../fakes/lively-agent.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { type BrokerGuest, type BrokerOptions, TestBroker } from "../../../testbed/broker.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };
const DIST = fileURLToPath(new URL("../../../../host/dist/", import.meta.url));
const TUNING = { bootProtect: "1ms", holdAfterTurn: "1s", tick: "100ms", staleAfter: "2s" };

async function run(program: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(DIST, program), ...args], { env: { TZ: "UTC" } });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { out, err, code: code as number };
}

/** Starts `ballastd` on a config that is given as text. */
async function startWith(config: string) {
  const path = join(socketFolder(), "ballastd.yaml");
  writeFileSync(path, config);
  return { path, ...(await run("main.js", "--config", path)) };
}

function guestOf(
  folder: string,
  name: string,
): Required<Pick<BrokerGuest, "name" | "qmpPath" | "agentPath">> {
  return { name, qmpPath: join(folder, `${name}.qmp`), agentPath: join(folder, `${name}.agent`) };
}

async function fakeGuest(folder: string, name: string, options: Omit<FakeQemuOptions, "path"> = {}) {
  const guest = guestOf(folder, name);
  const qemu = await FakeQemu.start({ path: guest.qmpPath, ...options });
  onTestFinished(() => qemu.close());
  const agent = await LivelyAgent.listen(guest.agentPath, qemu.machine);
  return { ...guest, qemu, agent };
}

async function startBroker(options: Partial<BrokerOptions> & Pick<BrokerOptions, "folder" | "guests">) {
  const broker = await TestBroker.start({
    budgetMib: 8192,
    accounting: "strict",
    tuning: TUNING,
    ...options,
  });
  onTestFinished(() => broker.stop());
  return broker;
}

/** Whether the process has a handler for SIGHUP: bit 0 of `SigCgt` (proc_pid_status(5)). */
function catchesSighup(pid: number): boolean {
  const mask = /^SigCgt:\t([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return (Number.parseInt(mask.slice(-1), 16) & 1) === 1;
}

const untilTold = (broker: TestBroker, what: RegExp) =>
  vi.waitUntil(async () => (await broker.events()).find((event) => what.test(event.text)), PATIENCE);

describe("ballastd with a wrong config", () => {
  it.each([
    ["a word nobody knows", "mode: act\nhots:\n  budget: 1GiB\n", /:2:1: .*hots.*did you mean.*host/i],
    ["a size without unit", "host: { budget: 12 apples }\n", /:1:17: host\.budget: /],
    ["broken YAML", "mode: act\nhost: [\n", /ballastd\.yaml:\d+:\d+: /],
    [
      "two guests of one name",
      "guests:\n  static:\n    - { name: a, qmp: /run/a }\n    - { name: a, qmp: /run/b }\n",
      /:4:15: guests\.static\[1\]\.name: the name "a" is already guest 1/,
    ],
  ])("leaves with 2 and tells the place: %s", async (_, config, place) => {
    const { path, code, err, out } = await startWith(config);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(place);
    expect(err.split("\n")[0]).toContain(path);
  });

  it("leaves with 2 when there is none, and says what to do", async () => {
    const { code, err } = await run("main.js", "--config", "/nowhere/ballastd.yaml");
    expect(code).toBe(2);
    expect(err).toBe("/nowhere/ballastd.yaml: does not exist; create it, or name another with --config\n");
  });
});

describe("a reload", () => {
  it("of a wrong config keeps the old settings and says where it is wrong; a right one is taken", async () => {
    const folder = socketFolder();
    const well = await fakeGuest(folder, "well");
    const broker = await startBroker({ folder, guests: [well] });
    const right = readFileSync(broker.configPath, "utf8");
    writeFileSync(broker.configPath, right.replace("budget: 8192MiB", "budget: 99 pears"));
    broker.signal("SIGHUP");
    const refusal = await untilTold(broker, /:3:11: host\.budget: /);
    expect(refusal).toMatchObject({ level: "error", kind: "reload-refused" });
    await untilTold(broker, /the old settings stay in force/);
    expect((await broker.status()).host.budgetBytes).toBe(8192 * MIB);
    await well.agent.live();
    await broker.until("well", "known", ({ usedBytes }) => usedBytes !== undefined, 15_000);
    await broker.hold("well", 300 * MIB);
    await vi.waitUntil(() => well.qemu.machine.actualBytes === 300 * MIB, PATIENCE);
    broker.configure({ budgetMib: 4096 });
    broker.signal("SIGHUP");
    await vi.waitUntil(async () => (await broker.status()).host.budgetBytes === 4096 * MIB, PATIENCE);
    expect((await broker.guest("well")).state).toBe("held");
  });

  it("adds and dismisses guests, with the right result however often it is requested", async () => {
    const folder = socketFolder();
    const well = await fakeGuest(folder, "well");
    const odd = await fakeGuest(folder, "odd");
    const broker = await startBroker({ folder, guests: [well], allowRemoval: true });
    for (let i = 0; i < 10; i++) {
      broker.configure({ guests: i % 2 === 0 ? [well, odd] : [odd] });
      broker.signal("SIGHUP");
    }
    await untilTold(broker, /no longer managed/);
    broker.configure({ guests: [odd] });
    broker.signal("SIGHUP");
    const names = async () => (await broker.status()).guests.map(({ name }) => name).join();
    await vi.waitUntil(async () => (await names()) === "odd", PATIENCE);
    await vi.waitUntil(() => well.qemu.clientCount === 0 && odd.qemu.clientCount === 1, PATIENCE);
  });

  it.each([
    ["is empty", () => "", /the file is empty: write at least `mode`/],
    [
      "is cut in the middle of a line",
      (right: string) => right.slice(0, right.indexOf("onStop: h") + 12),
      /does not end with a line break/,
    ],
    [
      "is cut before its guests",
      (right: string) => right.slice(0, right.indexOf("guests:")),
      /2 of 2 guests are gone.*allowRemoval: true/,
    ],
    ["is cut at its beginning", (right: string) => right.replace("mode: act\n", ""), /does not say `mode`/],
  ])("of a file that %s changes nothing and says why; the guests are balanced on", async (_, broken, why) => {
    const folder = socketFolder();
    const guests = [await fakeGuest(folder, "well"), await fakeGuest(folder, "odd")];
    const broker = await startBroker({ folder, guests });
    await broker.until("well", "there", ({ actualBytes }) => actualBytes === 512 * MIB, 15_000);
    const right = readFileSync(broker.configPath, "utf8");
    writeFileSync(broker.configPath, broken(right));
    broker.signal("SIGHUP");
    expect(await untilTold(broker, why)).toMatchObject({ level: "error", kind: "reload-refused" });
    await untilTold(broker, /the old settings stay in force/);
    expect(await broker.status()).toMatchObject({ mode: "act", guests: [{ name: "well" }, { name: "odd" }] });
    await broker.hold("well", 300 * MIB);
    await vi.waitUntil(() => guests[0]?.qemu.machine.actualBytes === 300 * MIB, PATIENCE);
    broker.configure({ guests: guests.slice(1) });
    broker.signal("SIGHUP");
    await untilTold(broker, /no longer managed/);
  });

  it("requested while the program still loads happens once it runs", async () => {
    const folder = socketFolder();
    const path = join(folder, "ballastd.yaml");
    const gate = join(folder, "go-on");
    writeFileSync(
      path,
      `mode: observe\ncontrol: { socket: "${join(folder, "c.sock")}" }\nstate: "${folder}"\n`,
    );
    // Loading of the broker's modules stands still until the gate is there.
    const hook = `import { registerHooks } from "node:module"; import { existsSync } from "node:fs";
      const idle = new Int32Array(new SharedArrayBuffer(4));
      registerHooks({ resolve(name, context, next) {
        if (name.includes("daemon/program")) while (!existsSync(${JSON.stringify(gate)})) Atomics.wait(idle, 0, 0, 5);
        return next(name, context);
      } });`;
    const child = spawn(process.execPath, [
      "--import",
      `data:text/javascript,${encodeURIComponent(hook)}`,
      join(DIST, "main.js"),
      "--config",
      path,
    ]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let log = "";
    child.stdout.on("data", (chunk) => {
      log += String(chunk);
    });
    await vi.waitUntil(() => catchesSighup(child.pid ?? 0), PATIENCE);
    child.kill("SIGHUP");
    writeFileSync(gate, "");
    await vi.waitUntil(() => /"kind":"started".*"kind":"reloaded"/s.test(log), PATIENCE);
    expect(child.exitCode).toBeNull();
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("tells which changes take effect only at the next start", async () => {
    const folder = socketFolder();
    const broker = await startBroker({ folder, guests: [] });
    const config = readFileSync(broker.configPath, "utf8");
    writeFileSync(broker.configPath, config.replace("control.sock", "other.sock"));
    broker.signal("SIGHUP");
    await untilTold(broker, /control\.socket has changed: that takes effect when ballastd is started again/);
  });
});

describe("a second broker", () => {
  it("on the same control socket leaves with 1 and harms the first one in nothing", async () => {
    const folder = socketFolder();
    const well = await fakeGuest(folder, "well");
    const broker = await startBroker({ folder, guests: [well] });
    const second = await run("main.js", "--config", broker.configPath);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(
      /another ballastd answers on .*control\.sock: stop it, or give this one its own/,
    );
    await well.agent.live();
    await broker.until("well", "known", ({ usedBytes }) => usedBytes !== undefined, 15_000);
    await broker.hold("well", 300 * MIB);
    await vi.waitUntil(() => well.qemu.machine.actualBytes === 300 * MIB, PATIENCE);
  });

  it("started at the same moment on a dead broker's socket leaves, every time", async () => {
    const folder = socketFolder();
    const broker = await startBroker({ folder, guests: [] });
    await broker.kill();
    for (let round = 0; round < 3; round++) {
      const children = Array.from({ length: 3 }, () =>
        spawn(process.execPath, [join(DIST, "main.js"), "--config", broker.configPath], { stdio: "ignore" }),
      );
      onTestFinished(() => children.forEach((child) => void child.kill("SIGKILL")));
      const codes = children.map(async (child) => (await once(child, "exit"))[0] as number | null);
      await vi.waitUntil(() => children.filter(({ exitCode }) => exitCode === 1).length === 2, PATIENCE);
      await vi.waitUntil(async () => (await broker.status().catch(() => undefined)) !== undefined, PATIENCE);
      const [left] = children.filter(({ exitCode }) => exitCode === null);
      left?.kill("SIGKILL");
      expect((await Promise.all(codes)).filter((code) => code === null)).toHaveLength(1);
    }
  });

  it("on other sockets names the monitor that the first one holds", async () => {
    const folder = socketFolder();
    const well = await fakeGuest(folder, "well");
    await startBroker({ folder, guests: [well] });
    const second = await startBroker({ folder: socketFolder(), guests: [well] });
    const status = await second.until("well", "busy", ({ problem }) => problem !== undefined, 15_000);
    expect(status.problem).toMatch(/no greeting.*another program holds this monitor/);
  });
});

describe("the end of ballastd", () => {
  it.each([
    ["hold", "SIGTERM", 300],
    ["release", "SIGTERM", 512],
    // A package upgrade: the next broker goes on.
    ["release", HAND_OVER, 300],
  ] as const)(
    "with onStop %s leaves after %s a guest held at 300 MiB with %i MiB",
    async (onStop, signal, mib) => {
      const folder = socketFolder();
      const well = await fakeGuest(folder, "well");
      const broker = await startBroker({ folder, guests: [well], onStop });
      await well.agent.live();
      await broker.until("well", "known", ({ usedBytes }) => usedBytes !== undefined, 15_000);
      await broker.hold("well", 300 * MIB);
      await vi.waitUntil(() => well.qemu.machine.actualBytes === 300 * MIB, PATIENCE);
      await broker.stop(signal);
      expect(well.qemu.machine.actualBytes).toBe(mib * MIB);
      expect(broker.logText()).toMatch(mib === 300 ? /left as they are/ : /1 of 1 guests were given/);
    },
  );

  it("by kill -9 loses no manual target", async () => {
    const folder = socketFolder();
    const well = await fakeGuest(folder, "well");
    const broker = await startBroker({ folder, guests: [well] });
    await well.agent.live();
    await broker.until("well", "known", ({ usedBytes }) => usedBytes !== undefined, 15_000);
    await broker.hold("well", 300 * MIB);
    await vi.waitUntil(() => well.qemu.machine.actualBytes === 300 * MIB, PATIENCE);
    await broker.kill();
    const commands = well.qemu.commands.length;
    await broker.restart();
    await untilTold(broker, /manual target 300 MiB restored, until it is ended/);
    await broker.until("well", "held", ({ state }) => state === "held", 15_000);
    const since = well.qemu.commands.slice(commands).filter(({ name }) => name === "balloon");
    expect(since.filter(({ args }) => args["value"] !== 300 * MIB)).toEqual([]);
  });

  it("by kill -9 keeps its history, and goes on with it", async () => {
    const folder = socketFolder();
    const well = await fakeGuest(folder, "well");
    const broker = await startBroker({ folder, guests: [well] });
    const kept = () => broker.history("well").catch(() => undefined);
    await vi.waitUntil(async () => ((await kept())?.points.length ?? 0) > 0, PATIENCE);
    const times = async () => (await kept())?.points.map(({ atMs }) => atMs);
    const before = await times();
    await broker.kill();
    await broker.restart();
    await vi.waitUntil(async () => (await kept()) !== undefined, PATIENCE);
    expect((await times())?.slice(0, before?.length)).toEqual(before);
    expect(broker.logText()).not.toMatch(/no history|damaged/);
  });

  it("forgets manual targets whose file is broken, says so, and starts all the same", async () => {
    const folder = socketFolder();
    mkdirSync(join(folder, "state"));
    writeFileSync(join(folder, "state/holds.json"), '{"format":1,"holds":{"well":{"targetBytes":-1}}}');
    const well = await fakeGuest(folder, "well");
    const broker = await startBroker({ folder, guests: [well] });
    await broker.until("well", "there", ({ actualBytes }) => actualBytes === 512 * MIB, 15_000);
    expect(broker.logText()).toMatch(/manual targets is not understood/);
  });
});

describe("a manual target that the disk has no room for", () => {
  it("is not confirmed by `ballast balloon`, and the balloon stays where it is", async () => {
    const folder = socketFolder();
    const well = await fakeGuest(folder, "well");
    const broker = await startBroker({ folder, guests: [well] });
    await well.agent.live();
    await broker.until("well", "known", ({ usedBytes }) => usedBytes !== undefined, 15_000);
    mkdirSync(join(folder, "state"), { recursive: true });
    // Each write to this device fails with ENOSPC.
    symlinkSync("/dev/full", join(folder, "state/holds.json.new"));
    const commands = well.qemu.commands.length;
    const held = await run("cli/main.js", "--socket", broker.socketPath, "balloon", "well", "300MiB");
    expect(held).toMatchObject({ code: 1, out: "" });
    expect(held.err).toMatch(/^ballast: nothing is changed: cannot write .*holds\.json \(ENOSPC.*make room/);
    expect((await broker.guest("well")).state).toBe("managed");
    expect(well.qemu.commands.slice(commands).filter(({ name }) => name === "balloon")).toEqual([]);
  });
});

describe("what an admin reads of a broker with odd guests", () => {
  it("names each with its state, its agent and what is wrong, and explains it in a sentence and a table", async () => {
    const folder = socketFolder();
    const well = await fakeGuest(folder, "well");
    const bare = await fakeGuest(folder, "bare", { balloonDevice: false });
    const hung = await fakeGuest(folder, "hung", { mode: "silent" });
    const gone = guestOf(folder, "gone");
    const broker = await startBroker({ folder, guests: [well, bare, hung, gone] });
    await well.agent.live();
    await broker.until("hung", "told", ({ problem }) => problem !== undefined, 15_000);
    await broker.until("well", "known", ({ usedBytes }) => usedBytes !== undefined, 15_000);
    const ballast = async (...args: string[]) => {
      const shown = await run("cli/main.js", "--socket", broker.socketPath, ...args);
      expect(shown).toMatchObject({ code: 0, err: "" });
      return shown.out;
    };
    const status = await ballast("status");
    expect(status).toMatch(/^well +managed .* virtio 0\.1\.0, \d\.\ds +steady$/m);
    expect(status).toMatch(/^bare +inhibited .* inhibited: no-balloon-device$/m);
    expect(status).toMatch(/^hung +unreachable /m);
    expect(status).toMatch(/^gone +unreachable /m);
    expect(status).toMatch(/^ {2}bare: it has no balloon/m);
    // The fake QEMUs are all in the process of this test.
    expect(status).toMatch(/^ {2}well: its QEMU process is not found, or one process serves several guests/m);
    expect(status).toMatch(/^ {2}gone: cannot connect to the QMP socket .*: there is no such socket; start/m);
    const explained = await ballast("explain", "bare");
    expect(explained).toMatch(
      /^bare: The guest has no balloon, so its size cannot be changed\. \(inhibited: no-balloon-device\)/,
    );
    expect(explained).toMatch(/^Problem: it has no balloon/m);
    expect(await ballast("explain", "gone")).toMatch(/^gone: QEMU cannot be asked/);
    expect(await ballast("info", "well")).toMatch(/^facts\.report\.balloonBytes +0 /m);
    expect(await ballast("events")).toMatch(/warn +gone +cannot connect to the QMP socket/);
  });
});
