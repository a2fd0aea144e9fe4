import { once } from "node:events";
import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { setupQemu } from "../../../../host/src/cli/commands/setup-qemu.ts";
import { argumentsFor } from "../../../../host/src/proxmox/own-arguments.ts";
import { wordsOf } from "../../../../host/src/qemu-arguments/ballast-arguments.ts";
import { QmpClient } from "../../../../host/src/qmp/client.ts";
import { qomGet } from "../../../../host/src/qmp/commands.ts";
import { keepingTerminal } from "../../../fakes/keeping-terminal.ts";
import { startRealQemu, whyNoQemu } from "../../../fakes/real-qemu.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";
import { isListening } from "../../../testbed/connect.ts";

function printed(folder: string, machine: string) {
  const { terminal, lines } = keepingTerminal();
  setupQemu({ name: "web1", folder, machine, json: true }, terminal);
  return JSON.parse(lines.out) as { arguments: string[]; entry: { qmp: string; agent: string } };
}

async function balloonOf(qmp: string, agent: string) {
  await vi.waitUntil(() => isListening(qmp) && isListening(agent), 15_000);
  const client = new QmpClient({ path: qmp });
  await client.connect();
  const port = createConnection(agent);
  await once(port, "connect");
  port.destroy();
  const isOn = (property: string) => qomGet(client, "/machine/peripheral/balloon0", property);
  const flags = [await isOn("deflate-on-oom"), await isOn("free-page-reporting")];
  await client.close();
  return flags;
}

describe.skipIf(whyNoQemu() !== undefined)("the arguments that ballast setup gives", () => {
  it.each(["pc", "q35", "microvm"])(
    "start a real QEMU of machine %s with monitor, port and balloon",
    async (machine) => {
      const folder = tempFolder();
      const { arguments: words, entry } = printed(folder, machine);
      await startRealQemu(join(folder, "other.qmp"), ["-machine", machine, "-m", "64", ...words]);
      expect(await balloonOf(entry.qmp, entry.agent)).toEqual([true, true]);
    },
  );

  it("go beside Proxmox's own devices, whose balloon then deflates before the guest's OOM killer acts; sockets that are left over do not matter", async () => {
    const folder = tempFolder();
    const words = wordsOf(argumentsFor(100, true)).map((word) => word.replaceAll("/run/qemu-server", folder));
    const [agent, qmp] = [join(folder, "100.ballast"), join(folder, "100.ballast-qmp")];
    const own = [
      "-device",
      "virtio-serial,id=qga0,bus=pci.0,addr=0x8",
      "-device",
      "virtio-balloon-pci,id=balloon0,bus=pci.0,addr=0x3,free-page-reporting=on",
    ];
    const first = await startRealQemu(join(folder, "100.qmp"), [
      "-machine",
      "pc",
      "-m",
      "64",
      ...own,
      ...words,
    ]);
    await vi.waitUntil(() => isListening(qmp), 15_000);
    first.kill("SIGKILL");
    await once(first, "exit");
    expect(existsSync(qmp)).toBe(true);
    await startRealQemu(join(folder, "101.qmp"), ["-machine", "pc", "-m", "64", ...own, ...words]);
    expect(await balloonOf(qmp, agent)).toEqual([true, true]);
  });

  it("leave a guest without balloon device as it is", async () => {
    const folder = tempFolder();
    const words = wordsOf(argumentsFor(100, true)).map((word) => word.replaceAll("/run/qemu-server", folder));
    await startRealQemu(join(folder, "100.qmp"), ["-machine", "pc", "-m", "64", ...words]);
    await vi.waitUntil(() => isListening(join(folder, "100.ballast-qmp")), 15_000);
  });
});
