/** The real `ballastd` and what Proxmox's tools do, on the same fake monitors. `test/long/lent-monitors.test.ts` has real ones, for minutes. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { FakeQemu } from "../../../fakes/fake-qemu.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { TestBroker } from "../../../testbed/broker.ts";
import { ProxmoxTools } from "../../../testbed/platform/proxmox-tools.ts";

const GUESTS = 6;
const FOR_MS = 4_000;
const PATIENCE_MS = 30_000;

describe("monitors shared with Proxmox's tools", () => {
  it("cost the tools no call and no status, while the broker looks and commands", async () => {
    const folder = socketFolder();
    const names = Array.from({ length: GUESTS }, (_, n) => `vm${n}`);
    const pathOf = (name: string) => join(folder, `${name}.qmp`);
    const qemus = await Promise.all(names.map((name) => FakeQemu.start({ path: pathOf(name) })));
    for (const qemu of qemus) onTestFinished(() => qemu.close());
    const guests = names.map(
      (name) => ({ name, qmpPath: pathOf(name), qmpMode: "lease", minMib: 16 }) as const,
    );
    const broker = await TestBroker.start({
      folder,
      budgetMib: 8192,
      tuning: { bootProtect: "1ms" },
      guests,
    });
    onTestFinished(() => broker.stop());
    for (const name of names)
      await broker.until(name, "observed", ({ maxBytes }) => maxBytes !== undefined, PATIENCE_MS);
    const tools = new ProxmoxTools({
      paths: () => names.map(pathOf),
      called: names.map(pathOf),
      pollEveryMs: 1_000,
      isOurs: async () => false,
    });
    const [figures] = await Promise.all([
      tools.run(FOR_MS),
      ...names.map((name, n) => broker.hold(name, (448 - n) * MIB)),
    ]);
    expect(figures).toMatchObject({ failures: [], complete: figures.asked });
    expect(figures.asked).toBeGreaterThanOrEqual(GUESTS);
    for (const qemu of qemus) expect(qemu.commands.map(({ name }) => name)).toContain("balloon");
  });
});
