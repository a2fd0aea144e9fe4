/** Owns a whole scene: guests with the real agent inside and one real broker over them. */
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MIB, sum } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { packagedAgent } from "../bootstrap/agent.ts";
import { bootGuest } from "./boot.ts";
import type { BootOptions } from "./boot-options.ts";
import { type BrokerOptions, TestBroker } from "./broker.ts";
import type { TestGuest } from "./guest.ts";
import { Cleanup } from "./host.ts";

const AGENT_TIMEOUT_MS = 60_000;

export interface SceneOptions {
  /** One guest for each; names must differ. */
  readonly guests: readonly BootOptions[];
  /** The budget may depend on what the guests hold after their boot: on what QEMU itself takes on this machine. */
  readonly broker: Omit<BrokerOptions, "folder" | "guests" | "budgetMib"> & { readonly budgetMib: Budget };
  /** Runs in the booted guests before the broker starts. */
  readonly warmUp?: (guests: readonly TestGuest[]) => Promise<void>;
  /** Names of guests that the broker is not told of. */
  readonly unmanaged?: readonly string[];
  /** Guaranteed minimum of every guest. */
  readonly minMib?: number;
  /** Weight of every guest; 0 leaves their balloons alone. */
  readonly shares?: number;
  /** Leave everything running after this process has ended. */
  readonly outlive?: boolean;
}

/** Mebibytes, or what to make of the sum of the guests' resident mebibytes. */
export type Budget = number | ((residentMib: number) => number);

/** Guests and broker, up and talking. */
export class Scene {
  readonly folder: string;
  readonly guests: readonly TestGuest[];
  readonly broker: TestBroker;
  readonly #cleanup: Cleanup;

  private constructor(folder: string, guests: readonly TestGuest[], broker: TestBroker, cleanup: Cleanup) {
    this.folder = folder;
    this.guests = guests;
    this.broker = broker;
    this.#cleanup = cleanup;
  }

  /** Boots all guests side by side, starts the broker, and waits until every agent that was started reports. */
  static async open(options: SceneOptions): Promise<Scene> {
    const cleanup = new Cleanup();
    try {
      const folder = await mkdtemp(join(tmpdir(), "bl-"));
      cleanup.add(() => rm(folder, { recursive: true, force: true }));
      const guests = await bootAll(options.guests, folder, cleanup, options.outlive === true);
      const isManaged = ({ name }: { readonly name?: string }) =>
        options.unmanaged?.includes(name ?? "guest") !== true;
      await options.warmUp?.(guests);
      const broker = await TestBroker.start({
        ...options.broker,
        budgetMib: budgetFor(options.broker.budgetMib, guests),
        folder,
        guests: guests.filter(isManaged).map(({ name, qmpPath, agentPath }) => ({
          name,
          qmpPath,
          agentPath,
          ...(options.minMib !== undefined && { minMib: options.minMib }),
          ...(options.shares !== undefined && { shares: options.shares }),
        })),
        ...(options.outlive === true && { outlive: true }),
      });
      cleanup.add(() => broker.stop());
      const scene = new Scene(folder, guests, broker, cleanup);
      const withAgent = options.guests
        .filter(isManaged)
        .filter((guest) => guest.agent !== false && guest.agentPort !== false);
      await Promise.all(withAgent.map(({ name = "guest" }) => agentReports(broker, name)));
      return scene;
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  /** The guest of this name; throws when there is none. */
  guest(name: string): TestGuest {
    const found = this.guests.find((guest) => guest.name === name);
    if (found === undefined) throw new Error(`no guest ${name} in this scene`);
    return found;
  }

  /** Puts a file into the scene's folder and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Ends everything. */
  close(): Promise<void> {
    return this.#cleanup.run();
  }
}

/** Waits until the broker has a report of the guest's agent; throws `TESTBED_WAIT` at the limit. */
export async function agentReports(broker: TestBroker, name: string): Promise<void> {
  const reports = ({ agent, usedBytes }: GuestStatus) => agent.connected && usedBytes !== undefined;
  await broker.until(name, "reporting", reports, AGENT_TIMEOUT_MS);
}

function budgetFor(budget: Budget, guests: readonly TestGuest[]): number {
  if (typeof budget === "number") return budget;
  return Math.round(budget(sum(guests, (guest) => guest.residentBytes() ?? 0) / MIB));
}

/** Boots guests side by side, each with the real agent; `cleanup` ends them. Throws the first failure. */
export async function bootAll(
  guests: readonly BootOptions[],
  folder: string,
  cleanup: Cleanup,
  outlive = false,
): Promise<TestGuest[]> {
  const agentProgram = await packagedAgent();
  const boots = guests.map(async (guest) => {
    const booted = await bootGuest({
      agentProgram,
      folder,
      ...guest,
      ...(outlive && { outlive: true }),
    });
    cleanup.add(() => booted.stop());
    return booted;
  });
  const results = await Promise.allSettled(boots);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return Promise.all(boots);
}
