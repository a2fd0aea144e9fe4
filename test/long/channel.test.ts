/** Proves on a real guest that the agent's port may be busy, unplugged and plugged again, and the host may go and come back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";

const reason = skipReason();
const PATIENCE_MS = 60_000;
const connected = ({ agent }: GuestStatus) => agent.connected;
const silent = ({ agent }: GuestStatus) => !agent.connected;

describe.skipIf(reason !== undefined)(`the agent's channel (${reason ?? "QEMU"})`, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open({ guests: [{ name: "g1" }], broker: { budgetMib: 4096 } });
  });
  afterAll(() => scene?.close());

  it("is opened anew after the broker was away", async () => {
    await scene.broker.stop();
    await scene.broker.restart();
    await scene.broker.until("g1", "connected again", connected, PATIENCE_MS);
  });

  it("is taken by the agent as soon as another program lets go of the port", async () => {
    const guest = scene.guest("g1");
    await guest.killAgent();
    await scene.broker.until("g1", "silent", silent, PATIENCE_MS);
    const find =
      'for p in /sys/class/virtio-ports/*; do grep -qx org.ballast.agent.0 "$p/name" && basename "$p"; done';
    const port = (await guest.run(find)).output;
    await guest.run(`(exec 3<>/dev/${port}; exec sleep 600) >/dev/null 2>&1 & echo $! >/run/holder.pid`);
    await waitFor("the port to be held", async () => (await guest.run(`true 3<>/dev/${port}`)).status !== 0, {
      timeoutMs: PATIENCE_MS,
    });
    await guest.startAgent();
    await waitFor("the agent to see it", () => /busy|held|another/i.test(lastWords(guest.agentLogText())), {
      timeoutMs: PATIENCE_MS,
    });
    expect((await scene.broker.guest("g1")).agent.connected).toBe(false);
    await guest.run("kill $(cat /run/holder.pid)");
    await scene.broker.until("g1", "connected", connected, PATIENCE_MS);
  });

  it("is found again after its port was unplugged and plugged in", async () => {
    const guest = scene.guest("g1");
    const pid = await guest.agentPid();
    await guest.unplugAgentPort();
    await scene.broker.until("g1", "silent", silent, PATIENCE_MS);
    await guest.plugAgentPort(PATIENCE_MS);
    await scene.broker.until("g1", "connected", connected, PATIENCE_MS);
    expect(await guest.agentPid()).toBe(pid);
  });
});

/** What the agent said since its last start. */
function lastWords(log: string): string {
  return log.slice(log.lastIndexOf("started"));
}
