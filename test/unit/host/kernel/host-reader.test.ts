import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createHostReader } from "../../../../host/src/kernel/host-reader.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const root = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

describe("reading the host", () => {
  it("puts memory, ARC, pressure, swap and KSM together", async () => {
    const host = createHostReader({ procRoot: root("host-proc"), sysRoot: root("host-sys") });
    expect(await host.read()).toEqual({
      totalBytes: 65806124 * 1024,
      availableBytes: 9296876 * 1024 + Math.floor(0.8 * (8591024128 - 2105795968)),
      psiSomeAvg10: 1.25,
      swapTotalBytes: 8388604 * 1024,
      swapFreeBytes: 8126464 * 1024,
      ksm: {
        run: 1,
        pagesSharing: 45000,
        pagesShared: 9000,
        savedBytes: 46000 * 4096,
        zeroBytes: 1000 * 4096,
      },
    });
  });

  it("takes the pools of huge pages off: a share is of ordinary memory", async () => {
    const procRoot = tempFolder();
    const lines = ["MemTotal: 1000 kB", "MemAvailable: 80 kB", "Hugetlb: 900 kB"];
    writeFileSync(join(procRoot, "meminfo"), `${lines.join("\n")}\n`);
    expect(await createHostReader({ procRoot, sysRoot: procRoot }).read()).toEqual({
      ...{ totalBytes: 100 * 1024, availableBytes: 80 * 1024 },
    });
  });

  it("subtracts from KSM's savings what broke apart since the last look, where the kernel counts copies", async () => {
    const [procRoot, sysRoot] = [tempFolder(), tempFolder()];
    const ksm = join(sysRoot, "kernel/mm/ksm");
    mkdirSync(ksm, { recursive: true });
    const counters = { run: 1, pages_sharing: 1_000, pages_shared: 100, full_scans: 3 };
    for (const [name, value] of Object.entries(counters)) writeFileSync(join(ksm, name), `${value}\n`);
    writeFileSync(join(procRoot, "meminfo"), "MemTotal: 1000 kB\nMemAvailable: 80 kB\n");
    const host = createHostReader({ procRoot, sysRoot });
    const sharing = async (vmstat: string) => {
      writeFileSync(join(procRoot, "vmstat"), vmstat);
      return (await host.read()).ksm?.pagesSharing;
    };
    expect(await sharing("cow_ksm 50\n")).toBe(1_000);
    expect(await sharing("cow_ksm 250\n")).toBe(800);
    expect(await sharing("pgfault 250\n")).toBe(1_000);
  });

  it("says what an old kernel lacks", async () => {
    const host = createHostReader({ procRoot: root("host-proc-old"), sysRoot: root("host-sys") });
    await expect(host.read()).rejects.toMatchObject({
      code: "HOST_UNREADABLE",
      message: expect.stringContaining("MemTotal or MemAvailable is missing"),
    });
  });

  it("says which file is missing", async () => {
    const host = createHostReader({ procRoot: root("nowhere"), sysRoot: root("host-sys") });
    await expect(host.read()).rejects.toThrow(/nowhere\/meminfo: no such file/);
  });
});
