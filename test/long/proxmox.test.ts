/** Proves on real guests that a Proxmox node's guests are found, driven where the admin handed them over, and left alone elsewhere. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { asStartedByProxmox, ProxmoxNode } from "../fakes/proxmox-node.ts";
import { expectSurvival } from "../testbed/expect-survival.ts";
import { skipReason } from "../testbed/requirements.ts";
import { agentReports, Scene } from "../testbed/scene.ts";

/** Numbers that no node has: the machine's own guests are not meant. */
const [HANDED_OVER, BALANCED] = [999_999_001, 999_999_002];
const reason = skipReason();

describe.skipIf(reason !== undefined)(`guests of a Proxmox node (${reason ?? "QEMU"})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "bl-pve-"));
  let scene: Scene;
  beforeAll(async () => {
    const node = new ProxmoxNode(folder);
    node.configure(HANDED_OVER, "memory: 512\nballoon: 128\nshares: 0\n");
    node.configure(BALANCED, "memory: 512\nballoon: 128\nshares: 1000\n");
    scene = await Scene.open({
      guests: [
        { name: "mine", extraArguments: asStartedByProxmox(folder, HANDED_OVER) },
        { name: "theirs", extraArguments: asStartedByProxmox(folder, BALANCED), agent: false },
      ],
      unmanaged: ["mine", "theirs"],
      broker: {
        budgetMib: 4096,
        find: { proxmox: node.settings },
        tuning: { holdAfterDemand: "1s", bootProtect: "1s" },
      },
    });
    await agentReports(scene.broker, `qemu/${HANDED_OVER}`);
  });
  afterAll(async () => {
    await scene?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("survive a burst while squeezed, where the admin handed them over", async () => {
    const name = `qemu/${HANDED_OVER}`;
    await scene.broker.squeeze(name, 200 * MIB, 60_000);
    await expectSurvival(scene.guest("mine"), 280, 200);
    expect(await scene.broker.guest(name)).toMatchObject({ source: "proxmox", minBytes: 128 * MIB });
  });

  it("are not touched where Proxmox balances them, and the line that hands them over is named", async () => {
    const guest = await scene.broker.guest(`qemu/${BALANCED}`);
    expect(guest).toMatchObject({ state: "excluded", actualBytes: 512 * MIB });
    expect(guest.problem).toContain(`qm set ${BALANCED} --shares 0`);
    const moves = (await scene.broker.events()).filter((event) => event.kind === "move");
    expect(moves.filter((event) => event.guest === guest.name)).toEqual([]);
  });
});
