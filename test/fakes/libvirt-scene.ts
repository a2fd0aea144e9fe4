/** A connection to a libvirtd, real or fake, with what the broker makes of it; all ended after the test. */
import { type Mocked, onTestFinished, vi } from "vitest";
import type { LibvirtAddress } from "../../host/src/libvirt/address.ts";
import { LibvirtConnection } from "../../host/src/libvirt/connection.ts";
import { createDomainMonitor } from "../../host/src/libvirt/domain-monitor.ts";
import { createLibvirtInventory } from "../../host/src/libvirt/inventory.ts";
import type { GuestMonitor, MonitorFacts, MonitorListener } from "../../host/src/model/adapters.ts";
import type { GuestEntry, GuestInventory } from "../../host/src/model/inventory.ts";

/** Limit for what must happen at some time, also on a busy machine. */
export const PATIENCE_MS = 20_000;
export const DEFAULTS = {
  min: { kind: "percent", percent: 25 },
  max: { kind: "auto" },
  shares: 1000,
} as const;
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface LibvirtScene {
  readonly connection: LibvirtConnection;
  readonly inventory: GuestInventory;
  /** Time that can be moved ahead. */
  readonly clock: { aheadMs: number };
  monitorOf(
    entry: Pick<GuestEntry, "name" | "domainUuid">,
    lookDeadlineMs?: number,
    mainThread?: () => string | undefined,
  ): { readonly monitor: GuestMonitor; readonly listener: Mocked<MonitorListener> };
}

/** `callDeadlineMs` where a test waits for it to run out. */
export function libvirtScene(address: LibvirtAddress, callDeadlineMs = PATIENCE_MS): LibvirtScene {
  const connection = new LibvirtConnection({
    address,
    log: SILENT,
    random: () => 1,
    callDeadlineMs,
    openDeadlineMs: PATIENCE_MS,
  });
  const inventory = createLibvirtInventory({
    connection,
    domainsFolder: address.domainsFolder,
    defaults: DEFAULTS,
    isExpected: true,
  });
  onTestFinished(async () => {
    await inventory.close();
    await connection.close();
  });
  const clock = {
    aheadMs: 0,
    nowMs: () => performance.now() + clock.aheadMs,
    wallMs: () => Date.now() + clock.aheadMs,
  };
  const monitorOf = (
    { name, domainUuid = "" }: Pick<GuestEntry, "name" | "domainUuid">,
    lookDeadlineMs = PATIENCE_MS,
    mainThread: () => string | undefined = () => undefined,
  ) => {
    const listener = {
      onBalloonChange: vi.fn(),
      onReset: vi.fn(),
      onMemoryDoubted: vi.fn(),
      onConnection: vi.fn(),
    };
    const monitor = createDomainMonitor({
      ...{ connection, name, uuid: domainUuid, clock, log: SILENT, listener, lookDeadlineMs, mainThread },
    });
    onTestFinished(() => monitor.close());
    return { monitor, listener };
  };
  return { connection, inventory, clock, monitorOf };
}

/** Looks until what is seen holds. */
export function until(observe: () => Promise<MonitorFacts>, holds: (facts: MonitorFacts) => boolean) {
  return vi.waitUntil(
    async () => {
      const facts = await observe();
      return holds(facts) ? facts : undefined;
    },
    { timeout: PATIENCE_MS, interval: 50 },
  );
}
