/**
 * Proxmox's tools and the broker on the same monitors: none of the tools' calls fails, and none waits 300 ms for the broker. What the tools do
 * is compared with the same without a broker, on the same QEMUs. `BALLAST_LENT_SECONDS=300` makes the periods beside the broker five minutes long.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSocketClients } from "../../host/src/kernel/socket-clients.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { TestBroker } from "../testbed/broker.ts";
import type { TestGuest } from "../testbed/guest.ts";
import { Cleanup } from "../testbed/host.ts";
import { IdleQemu } from "../testbed/platform/idle-qemu.ts";
import { ProxmoxTools, type ToolFigures } from "../testbed/platform/proxmox-tools.ts";
import { skipReason } from "../testbed/requirements.ts";
import { agentReports, bootAll } from "../testbed/scene.ts";

const reason = skipReason();
const IDLE_QEMUS = 18;
const GUESTS = ["web1", "db1"];
const MONITORS = IDLE_QEMUS + GUESTS.length;
const PERIOD_MS = Number(process.env["BALLAST_LENT_SECONDS"] ?? 20) * 1_000;
/** What is compared with need not be long. */
const ALONE_MS = Math.min(PERIOD_MS, 60_000);
const HUNG_MS = PERIOD_MS >= 60_000 ? PERIOD_MS : PERIOD_MS / 2;
/** pvestatd's ten seconds, where there is time for several polls. */
const POLL_EVERY_MS = PERIOD_MS >= 60_000 ? 10_000 : 4_000;
const RESTART_EVERY_MS = 9_000;
/** Sizes to which the admin sends a guest in turn, five times a second over all of them. */
const SIZES = [448, 416, 432, 400].map((mib) => mib * MIB);
const ORDER_EVERY_MS = 200;
/** The broker did act meanwhile; it keeps its newest events only. */
const LEAST_MOVES = 20;
const PATIENCE = { timeoutMs: 60_000 };

const isObserved = ({ maxBytes }: GuestStatus) => maxBytes !== undefined;

describe.skipIf(reason !== undefined)(
  `monitors shared with Proxmox's tools (${reason ?? "real QEMUs"})`,
  () => {
    const cleanup = new Cleanup();
    const idle: IdleQemu[] = [];
    const guests: TestGuest[] = [];
    let folder = "";
    let broker: TestBroker | undefined;
    /** Monitors of QEMUs that are down for a restart. */
    const down = new Set<string>();

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "bl-"));
      cleanup.add(() => rm(folder, { recursive: true, force: true }));
      for (let n = 0; n < IDLE_QEMUS; n++) {
        const qemu = new IdleQemu(join(folder, `${100 + n}.qmp`), join(folder, `${100 + n}.log`));
        await qemu.start();
        idle.push(qemu);
        cleanup.add(() => qemu.stop());
      }
      const named = GUESTS.map((name) => ({ name }));
      guests.push(...(await bootAll(named, folder, cleanup)));
    });
    afterAll(() => cleanup.run());

    const pathOf = (n: number) => idle[n]?.qmpPath ?? "";
    const pidOf = (path: string) => [...idle, ...guests].find(({ qmpPath }) => qmpPath === path)?.pid ?? 0;
    const isOurs = async (path: string) => {
      const clients = await createSocketClients().of(pidOf(path));
      return clients.some((client) => client.path === path && client.pid === broker?.pid);
    };

    async function startBroker(): Promise<TestBroker> {
      const entries = [...guests, ...idle.map(({ qmpPath }, n) => ({ name: `idle${n}`, qmpPath }))];
      broker = await TestBroker.start({
        folder,
        budgetMib: 8192,
        tuning: { bootProtect: "1s" },
        guests: entries.map((entry) => ({
          name: entry.name,
          qmpPath: entry.qmpPath,
          qmpMode: "lease",
          ...("agentPath" in entry && { agentPath: entry.agentPath }),
          minMib: 16,
        })),
      });
      for (const { name } of guests) await agentReports(broker, name);
      for (const n of idle.keys()) await broker.until(`idle${n}`, "observed", isObserved, PATIENCE.timeoutMs);
      return broker;
    }

    /** Tools on all monitors for one period, the third QEMU being started again and again; where one is `hung`, none is started and single calls leave it out. */
    async function period(forMs: number, hung?: number): Promise<ToolFigures> {
      const paths = [...idle, ...guests].map(({ qmpPath }) => qmpPath);
      const restarted = pathOf(2);
      const tools = new ProxmoxTools({
        paths: () => paths.filter((path) => !down.has(path)),
        called: paths.filter((path) => path !== restarted && (hung === undefined || path !== pathOf(hung))),
        pollEveryMs: POLL_EVERY_MS,
        isOurs,
      });
      const endMs = performance.now() + forMs;
      const restarts = async () => {
        while (performance.now() + RESTART_EVERY_MS < endMs) {
          await sleep(RESTART_EVERY_MS);
          await restart(tools, restarted);
        }
      };
      const [figures] = await Promise.all([tools.run(forMs), hung === undefined && restarts()]);
      return figures;
    }

    /** As `qm start` does it: a failure of either call is a failed start. */
    async function restart(tools: ProxmoxTools, path: string): Promise<void> {
      down.add(path);
      // A poll that is under way still has it.
      await sleep(1_000);
      const qemu = idle.find(({ qmpPath }) => qmpPath === path);
      await qemu?.stop();
      await qemu?.start();
      await tools.call(path, [{ execute: "query-version" }]);
      await tools.call(path, [{ execute: "balloon", arguments: { value: 16 * MIB } }]);
      down.delete(path);
    }

    /** The admin moves balloons five times a second; resolves with how many moves its newest events tell of. */
    async function orders(of: TestBroker, forMs: number): Promise<number> {
      const endMs = performance.now() + forMs;
      for (let n = 0; performance.now() < endMs; n++) {
        const name = GUESTS[n % GUESTS.length] ?? "";
        await of.hold(name, SIZES[Math.floor(n / GUESTS.length) % SIZES.length] ?? 0);
        await sleep(ORDER_EVERY_MS);
      }
      return (await of.events()).filter(({ kind }) => kind === "move").length;
    }

    const said = (name: string, figures: ToolFigures) => {
      const { asked, complete, calls, failures, tookMs, waitedForUs } = figures;
      const sorted = tookMs.toSorted((a, b) => a - b);
      const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
      process.stderr.write(
        `${name}: ${complete}/${asked} statuses, ${failures.length}/${calls} calls failed, p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms, ${waitedForUs} waited for us\n`,
      );
      return figures;
    };

    it("costs the tools no call and no status, and none waits 300 ms for the broker", async () => {
      const alone = said("alone", await period(ALONE_MS));
      expect(alone).toMatchObject({ failures: [], complete: alone.asked });
      const running = await startBroker();
      const [figures, moves] = await Promise.all([period(PERIOD_MS), orders(running, PERIOD_MS)]);
      const beside = said("beside the broker", figures);
      expect(beside).toMatchObject({ failures: [], complete: beside.asked, waitedForUs: 0 });
      expect(moves).toBeGreaterThan(LEAST_MOVES);
      const waits = (await running.status()).guests.map(({ monitor }) => monitor?.worstWaitMs);
      process.stderr.write(`worst waits of the broker's commands: ${waits.join(", ")} ms\n`);
      await running.stop();
    });

    it("costs them nothing more than without the broker when one QEMU is stopped for good", async () => {
      // pvestatd connects to it first and waits for 3 s: those before it in the order would run out of time or not by chance.
      const hung = 0;
      const whileHung = async (forMs: number) => {
        idle[hung]?.signal("SIGSTOP");
        try {
          return await period(forMs, hung);
        } finally {
          idle[hung]?.signal("SIGCONT");
        }
      };
      const alone = said("alone, one hung", await whileHung(Math.min(HUNG_MS, ALONE_MS)));
      const running = await startBroker();
      const [figures] = await Promise.all([whileHung(HUNG_MS), orders(running, HUNG_MS)]);
      const beside = said("beside the broker, one hung", figures);
      for (const { complete, asked } of [alone, beside]) expect(complete).toBe(asked - asked / MONITORS);
      expect(beside).toMatchObject({ failures: [], waitedForUs: 0 });
      await running.stop();
    });
  },
);
