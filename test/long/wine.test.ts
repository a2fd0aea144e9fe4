/** Runs the packaged executable for Windows under wine: its native calls, its channels against the real broker, its service. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildExecutable, cacheFolder } from "../../guest/packaging/executable.ts";
import { fetchPackage } from "../../guest/packaging/npm-package.ts";
import { targetOf } from "../../guest/packaging/targets.ts";
import { changeTokens } from "../../host/src/config/tokens/token-store.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { bundleRounds, type CountedRounds, ROUNDS_FLAGS } from "../fakes/agent-rounds.ts";
import { FakeQemu } from "../fakes/fake-qemu.ts";
import { TestAuthority } from "../fakes/test-authority.ts";
import { TestBroker } from "../testbed/broker.ts";
import { freePort } from "../testbed/free-port.ts";
import { Cleanup } from "../testbed/host.ts";
import { waitFor } from "../testbed/wait.ts";
import { FakePort } from "../testbed/wine/fake-port.ts";
import { Wine, wineSkipReason } from "../testbed/wine/wine.ts";

const MIB = 1024 * 1024;
const PATIENCE_MS = 60_000;
const reason = wineSkipReason();
const connected = ({ agent }: GuestStatus) => agent.connected;
const silent = ({ agent }: GuestStatus) => !agent.connected;

describe.skipIf(reason !== undefined)(`the agent on Windows (${reason ?? "wine"})`, () => {
  const cleanup = new Cleanup();
  let agent: string;
  let folder: string;
  let wine: Wine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ballast-wine-"));
    cleanup.add(async () => rmSync(folder, { recursive: true, force: true }));
    agent = await buildExecutable(targetOf("win-x64"));
    wine = await Wine.open(folder);
    cleanup.add(() => wine.close());
  });
  afterAll(() => cleanup.run());

  it("tells its version", async () => {
    const { status, output } = await wine.run([agent, "version"]);
    expect(output).toMatch(/^ballast-agent \d+\.\d+\.\d+/);
    expect(status).toBe(0);
  });

  it("calls Windows' memory functions, and reads out of them what this machine has", async () => {
    const { output } = await wine.run([agent, "report", "--json"]);
    const report = JSON.parse(output);
    // Wine answers from Linux, of whose memory it rounds the total to its own pages.
    expect(Math.abs(report.totalBytes - totalmem())).toBeLessThan(64 * MIB);
    expect(report.availableBytes).toBeGreaterThan(0);
    expect(report.usedBytes).toBe(report.totalBytes - report.availableBytes);
    expect(report.commitLimitBytes).toBeGreaterThanOrEqual(report.committedBytes);
    expect(report.majorFaultsTotal).toBeTypeOf("number");
    expect(report).toMatchObject({ lowMemory: false, balloonDevice: false, deflateOnOom: false });
  });

  it("lets the page lists be absent where Windows refuses them, as wine does", async () => {
    const report = JSON.parse((await wine.run([agent, "report", "--json"])).output);
    for (const name of ["freeBytes", "cacheBytes", "standbyBytes", "refaultFilePagesTotal"])
      expect(report).not.toHaveProperty(name);
  });

  it("leaves no object in a tick that finds nothing to tell, and no more than two numbers of 16 bytes: koffi adds none", async () => {
    const { node, nodePath, koffi, koffiPath } = targetOf("win-x64");
    const program = join(await fetchPackage(node, cacheFolder()), nodePath);
    const library = join(await fetchPackage(koffi, cacheFolder()), koffiPath);
    const fixture = { name: "sample-rounds-windows", platform: "win32", koffi: library } as const;
    const rounds = await bundleRounds(fixture, mkdtempSync(join(folder, "rounds-")));
    const words = [Wine.path(rounds), "\\\\.\\pipe\\ballast-rounds", "40000"];
    const { output } = await wine.run([program, ...ROUNDS_FLAGS, ...words]);
    const told = JSON.parse(output) as CountedRounds;
    expect(told.live).toBe(true);
    expect(told.roundBytes).toBeLessThanOrEqual(32);
  });

  it("works from a folder whose name no code page has", async () => {
    const strange = mkdtempSync(join(folder, "bücher-本-\u{1f600}-"));
    const copy = join(strange, "ballast-agent.exe");
    copyFileSync(agent, copy);
    const report = await wine.run([Wine.path(copy), "report", "--json"]);
    expect(JSON.parse(report.output).totalBytes).toBeGreaterThan(0);
    expect(report.status).toBe(0);
    expect(await wine.run([Wine.path(copy), "status"])).toEqual({
      status: 1,
      output: "BallastAgent is not installed\n",
    });
  });

  it("complains about wrong words and ends with 2", async () => {
    const { status, output } = await wine.run([agent, "inflate"]);
    expect(output).toMatch(/there is no command "inflate"/);
    expect(status).toBe(2);
  });

  describe("over WebSocket", () => {
    const scene = new Cleanup();
    const token = "token-of-a-windows-guest-".padEnd(43, "x");
    let broker: TestBroker;
    let port: number;
    let options: (file: string) => string[];

    beforeAll(async () => {
      const home = mkdtempSync(join(tmpdir(), "ballast-wine-ws-"));
      scene.add(async () => rmSync(home, { recursive: true, force: true }));
      const authority = new TestAuthority(home);
      const tokensPath = join(home, "tokens.yaml");
      await changeTokens(tokensPath, () => [{ guest: "win2", sha256: hashOf(token) }]);
      writeFileSync(join(home, "right.token"), token, { mode: 0o600 });
      writeFileSync(join(home, "wrong.token"), "z".repeat(43), { mode: 0o600 });
      writeFileSync(join(home, "open.token"), token, { mode: 0o644 });
      const qmpPath = join(home, "win2.qmp");
      const qemu = await FakeQemu.start({ path: qmpPath, memoryBytes: Math.ceil(totalmem() / MIB) * MIB });
      scene.add(() => qemu.close());
      port = await freePort();
      const websocket = { port, tls: authority.issue("host"), tokensPath };
      const guests = [{ name: "win2", qmpPath }];
      broker = await TestBroker.start({ folder: home, guests, budgetMib: 65_536, websocket });
      scene.add(() => broker.stop());
      options = (file) => [
        ...["--channel", "none", "--url", `wss://127.0.0.1:${port}`],
        ...["--token-file", Wine.path(join(home, file)), "--ca", Wine.path(authority.caPath)],
      ];
    });
    afterAll(() => scene.run());

    it("reports plausible memory, its transport, version and age, and a broker that was away is found again", async () => {
      const running = await wine.start([agent, "run", ...options("right.token")]);
      const status = await broker.until("win2", "connected", connected, PATIENCE_MS);
      expect(status.agent).toMatchObject({ transport: "websocket", version: expect.stringMatching(/^\d/) });
      const heard = ({ usedBytes, agent: { reportAgeMs } }: GuestStatus) =>
        usedBytes !== undefined && reportAgeMs !== undefined;
      const { usedBytes = 0 } = await broker.until("win2", "heard", heard, PATIENCE_MS);
      expect(usedBytes).toBeGreaterThan(0);
      expect(usedBytes).toBeLessThan(totalmem());
      await broker.kill();
      await broker.restart();
      await broker.until("win2", "connected again", connected, PATIENCE_MS);
      await running.kill();
    });

    it("refuses a token file that everybody can read, and says what to do", async () => {
      const running = await wine.start([agent, "run", ...options("open.token")]);
      await says(running, /open\.token may be read by others: S-1-1-0: icacls .*open\.token/);
      expect((await broker.guest("win2")).agent.connected).toBe(false);
      await running.kill();
    });

    it("is refused with a token that is not its own, and says so", async () => {
      const running = await wine.start([agent, "run", ...options("wrong.token")]);
      await says(running, /token/);
      expect((await broker.guest("win2")).agent.connected).toBe(false);
      await running.kill();
    });
  });

  describe("over a named pipe in place of the port", () => {
    const scene = new Cleanup();
    let port: FakePort;
    let broker: TestBroker;

    beforeAll(async () => {
      const qmpPath = join(folder, "win1.qmp");
      const agentPath = join(folder, "win1.agent");
      const qemu = await FakeQemu.start({ path: qmpPath, memoryBytes: Math.ceil(totalmem() / MIB) * MIB });
      scene.add(() => qemu.close());
      port = await FakePort.open(wine, agentPath);
      scene.add(() => port.close());
      const guests = [{ name: "win1", qmpPath, agentPath }];
      broker = await TestBroker.start({ folder, guests, budgetMib: 65_536 });
      scene.add(() => broker.stop());
    });
    afterAll(() => scene.run());
    afterEach(async () => {
      await wine.run([agent, "uninstall"]);
      await port.unplug();
    });

    it("waits for a port that is not there, takes it when it comes, and again after it was gone", async () => {
      const running = await wine.start([agent, "run", "--channel", port.pipe]);
      await says(running, /there is no such port: add the channel/);
      await port.plug();
      const status = await broker.until("win1", "connected", connected, PATIENCE_MS);
      expect(status.agent).toMatchObject({ transport: "virtio-serial" });
      expect(status.usedBytes).toBeGreaterThan(0);
      expect(status.usedBytes).toBeLessThan(totalmem());
      await port.unplug();
      await says(running, /the channel was lost/);
      await port.plug();
      await broker.until("win1", "connected again", connected, PATIENCE_MS);
      expect(running.output()).not.toMatch(/memory is not held|cannot run at a high priority/);
      await running.kill();
    });

    it("goes on with a broker that was away", async () => {
      await port.plug();
      const running = await wine.start([agent, "run", "--channel", port.pipe]);
      await broker.until("win1", "connected", connected, PATIENCE_MS);
      await broker.kill();
      await broker.restart();
      await broker.until("win1", "connected again", connected, PATIENCE_MS);
      await running.kill();
    });

    it("is installed as a service that reports, stops with a goodbye, starts again and is removed", async () => {
      await port.plug();
      expect(await wine.run([agent, "status"])).toMatchObject({ status: 1 });
      const programFolder = wine.hostPath("C:\\Program Files\\Ballast");
      const installed = await wine.run([agent, "install", "--channel", port.pipe]);
      expect(installed.output).toMatch(/installed C:\\Program Files\\Ballast\\ballast-agent\.exe/);
      expect(installed).toMatchObject({ status: 0, output: expect.stringMatching(/runs as process \d+/) });
      await broker.until("win1", "connected", connected, PATIENCE_MS);
      const other = join(programFolder, "other.txt");
      writeFileSync(other, "of somebody else");
      const again = await wine.run([agent, "install", "--channel", port.pipe, "--log-level", "warn"]);
      expect(again).toMatchObject({ status: 0, output: expect.stringMatching(/runs as process \d+/) });
      await broker.until("win1", "connected after the second install", connected, PATIENCE_MS);

      expect((await wine.run([agent, "stop"])).output).toMatch(/is stopped/);
      await broker.until("win1", "silent", silent, PATIENCE_MS);
      expect(await wine.run([agent, "status"])).toMatchObject({
        status: 1,
        output: expect.stringMatching(/is stopped/),
      });

      expect(await wine.run([agent, "start"])).toMatchObject({ status: 0 });
      await broker.until("win1", "connected again", connected, PATIENCE_MS);
      const removed = await wine.run([agent, "uninstall"]);
      expect(removed.output).toMatch(/removed the service BallastAgent\n.*holds other files and stays/);
      expect(readdirSync(programFolder)).toEqual(["other.txt"]);
      unlinkSync(other);
      await broker.until("win1", "silent for good", silent, PATIENCE_MS);
      expect((await wine.run([agent, "status"])).output).toMatch(/is not installed/);
    });

    it("says what --service is for when no service manager started it", async () => {
      const { status, output } = await wine.run([agent, "run", "--service"]);
      expect(output).toMatch(/--service is for Windows' service manager/);
      expect(status).toBe(1);
    });
  });
});

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

async function says(running: { output(): string }, words: RegExp): Promise<void> {
  await waitFor(`the agent to say ${words}`, () => words.test(running.output()), { timeoutMs: PATIENCE_MS });
}
