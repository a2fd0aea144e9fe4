/** Proves on real guests that WebSocket serves where there is no port, and that of two ways there is one voice. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { TestAuthority } from "../fakes/test-authority.ts";
import { issueToken } from "../testbed/agent-token.ts";
import { HOST_ADDRESS } from "../testbed/boot-options.ts";
import { expectSurvival } from "../testbed/expect-survival.ts";
import { freePort } from "../testbed/free-port.ts";
import type { TestGuest } from "../testbed/guest.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";

const reason = skipReason();
const SQUEEZED_BYTES = 200 * MIB;
const PATIENCE_MS = 90_000;
const over =
  (transport: string) =>
  ({ agent, usedBytes }: GuestStatus) =>
    agent.connected && agent.transport === transport && usedBytes !== undefined;

describe.skipIf(reason !== undefined)(`an agent over WebSocket (${reason ?? "QEMU"})`, () => {
  let folder: string;
  let scene: Scene;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bw-"));
    const authority = new TestAuthority(folder);
    const tls = authority.issue("host", `IP:${HOST_ADDRESS}`);
    const port = await freePort();
    const tokensPath = join(folder, "tokens.yaml");
    const target = [
      "--url",
      `wss://${HOST_ADDRESS}:${port}`,
      "--token-file",
      "/run/token",
      "--ca",
      "/run/ca.pem",
    ];
    const guest = { network: true, agent: false, agentArguments: ["run", ...target] };
    scene = await Scene.open({
      guests: [
        { ...guest, name: "far", agentPort: false },
        { ...guest, name: "near" },
      ],
      broker: {
        budgetMib: 4096,
        tuning: { holdAfterDemand: "1s", bootProtect: "1s" },
        websocket: { port, tls, tokensPath },
      },
    });
    for (const { name } of scene.guests) {
      await give(scene.guest(name), "/run/ca.pem", authority.ca);
      await give(scene.guest(name), "/run/token", issueToken(tokensPath, name));
      await scene.guest(name).startAgent();
    }
    await scene.broker.until("far", "heard over WebSocket", over("websocket"), PATIENCE_MS);
    await scene.broker.until("near", "heard over virtio-serial", over("virtio-serial"), PATIENCE_MS);
  });
  afterAll(async () => {
    await scene?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("tells of itself as one over virtio-serial does", async () => {
    const [far, near] = await Promise.all(["far", "near"].map((name) => scene.broker.guest(name)));
    expect(far?.agent).toMatchObject({
      connected: true,
      transport: "websocket",
      version: near?.agent.version,
    });
    expect(Math.abs((far?.usedBytes ?? 0) - (near?.usedBytes ?? 0))).toBeLessThan(64 * MIB);
  });

  it.each([100, 1000])("saves a squeezed guest from a burst of 280 MB at %i MB/s", async (rate) => {
    const guest = scene.guest("far");
    await scene.broker.squeeze("far", SQUEEZED_BYTES, PATIENCE_MS);
    await expectSurvival(guest, 280, rate);
    const events = await scene.broker.events();
    expect(events.some(({ kind, guest: name }) => kind === "demand" && name === "far")).toBe(true);
    await scene.broker.hold("far", "auto");
  });

  it("takes over when the port is lost, and leaves when the port is back, with the same agent", async () => {
    const guest = scene.guest("near");
    const pid = await guest.agentPid();
    await guest.unplugAgentPort();
    await scene.broker.until("near", "heard over WebSocket", over("websocket"), PATIENCE_MS);
    await guest.plugAgentPort(PATIENCE_MS);
    await scene.broker.until("near", "heard over virtio-serial", over("virtio-serial"), PATIENCE_MS);
    expect(await guest.agentPid()).toBe(pid);
    await waitFor("the connection's end", async () => !(await isConnected(guest)), {
      timeoutMs: PATIENCE_MS,
    });
    expect(guest.agentLogText()).toMatch(/trying WebSocket: .*[\s\S]*leaving WebSocket/);
  });

  it("never shows its token", async () => {
    const [token = ""] = (await scene.guest("far").run("cat /run/token")).output.split("\n");
    expect(token).toMatch(/^[\w-]{43}$/);
    for (const text of [scene.guest("far").agentLogText(), readFileSync(scene.broker.logPath, "utf8")])
      expect(text).not.toContain(token);
  });
});

/** Writes a file in the guest that only root may read. */
async function give(guest: TestGuest, path: string, text: string): Promise<void> {
  const lines = text.trim().split("\n");
  await guest.run(`umask 077; printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} >${path}`);
}

/** Whether the guest has a TCP connection (state 01 of /proc/net/tcp). */
async function isConnected(guest: TestGuest): Promise<boolean> {
  const { output } = await guest.run("cat /proc/net/tcp");
  return output.split("\n").some((line) => / 01 /.test(line));
}
