/** A keeper of KSM in this process, over a copy of a recorded tree: real adapters, a kernel that is only files. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";
import { EventLog } from "../../host/src/broker/event-log.ts";
import { GuestRecord } from "../../host/src/broker/guest-record.ts";
import type { KsmAdapters } from "../../host/src/broker/ksm/adapters.ts";
import { KsmController } from "../../host/src/broker/ksm/ksm-controller.ts";
import { SavedKnobs } from "../../host/src/broker/ksm/saved-knobs.ts";
import { createKsmKnobs } from "../../host/src/kernel/ksm/knobs.ts";
import { createKsmReader } from "../../host/src/kernel/ksm/reader.ts";
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { GuestEntry } from "../../host/src/model/inventory.ts";
import type { Merging } from "../../host/src/model/ksm.ts";
import type { KsmSettings } from "../../host/src/model/ksm-settings.ts";
import type { KsmStatus } from "../../host/src/model/ksm-status.ts";
import { createKsmRecord } from "../../host/src/state/ksm-record-file.ts";
import { anEntry } from "./broker-adapters.ts";
import { aHost } from "./facts.ts";
import { ksmSettings, PAGE_BYTES } from "./ksm-facts.ts";
import { tempFolder } from "./temp-folder.ts";

const TREE = fileURLToPath(new URL("../fixtures/ksm/6.18", import.meta.url));
/** Process of a broker other than this one. */
export const OTHER_BROKER = 999_999;
const PATIENCE = { timeout: 10_000, interval: 5 };
const silent = () => {};
const LOG = { debug: silent, info: silent, warn: silent, error: silent };

/** A guest whose QEMU does what it is told, and whose process shows it. */
export class KsmSceneGuest {
  readonly record: GuestRecord;
  readonly switches: boolean[] = [];
  /** QEMU refuses. */
  refuses = false;

  constructor(
    procRoot: string,
    processId: number,
    entry: Partial<GuestEntry>,
    merging: Merging = { on: true },
  ) {
    const machine = {
      observe: async () => ({ inhibitions: [] }),
      setTarget: async () => {},
      setMerging: async (on: boolean) => {
        if (this.refuses) throw new Error("QEMU is busy");
        this.switches.push(on);
        markProcess(procRoot, processId, on);
      },
      close: async () => {},
    };
    this.record = new GuestRecord(anEntry(entry), machine, undefined, 0);
    this.record.connectionChanged(true, 0);
    this.record.tookProcess({ residentBytes: 400 * MIB, swappedBytes: 0, processId }, 0);
    this.record.tookFacts({ inhibitions: [], maxBytes: 512 * MIB, merging }, 0);
    markProcess(procRoot, processId, merging.on && merging.obstacle === undefined);
  }
}

function markProcess(procRoot: string, processId: number, marked: boolean): void {
  const folder = join(procRoot, String(processId));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "comm"), "qemu-system-x86\n");
  writeFileSync(join(folder, "ksm_merging_pages"), "1000\n");
  writeFileSync(
    join(folder, "smaps"),
    `Size:  524288 kB\nVmFlags: rd wr mr mw me ac sd${marked ? " mg" : ""} \n`,
  );
}

export class KsmScene {
  readonly root: string;
  readonly guests: KsmSceneGuest[] = [];
  readonly world = {
    host: aHost({ totalBytes: 16 * GIB, availableBytes: 2 * GIB }),
    plan: undefined,
    records: () => this.guests.map(({ record }) => record),
    isActing: (name: string) => !this.observed.has(name),
  };
  readonly events: EventLog;
  readonly clock = {
    aheadMs: 0,
    nowMs: () => performance.now() + this.clock.aheadMs,
    wallMs: () => Date.now() + this.clock.aheadMs,
  };

  constructor(root = tempFolder()) {
    this.root = root;
    this.events = new EventLog(this.clock, LOG);
    cpSync(TREE, root, { recursive: true });
    mkdirSync(join(root, "proc/sys/kernel/random"), { recursive: true });
    this.boots("boot-1");
    this.#starts(process.pid);
  }

  get procRoot(): string {
    return join(this.root, "proc");
  }

  boots(id: string): void {
    writeFileSync(join(this.procRoot, "sys/kernel/random/boot_id"), `${id}\n`);
  }

  /** Changes knobs as a broker does that is killed then: what it found stays on record; `alive`: it still runs. */
  async leftBehind(alive = false): Promise<void> {
    const { reader, writer, record } = this.ports;
    const reading = await reader.read();
    if (reading === undefined) throw new Error("no KSM in this scene");
    await new SavedKnobs(writer, record).turn({ run: 1, pagesToScan: 777 }, reading.knobs);
    writeFileSync(
      this.recordPath,
      readFileSync(this.recordPath, "utf8").replace(
        `"processId":${process.pid}`,
        `"processId":${OTHER_BROKER}`,
      ),
    );
    if (alive) this.#starts(OTHER_BROKER);
  }

  /** Makes the record one of this machine's real boot, for a program that looks at the real `/proc`. */
  sameBoot(): void {
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const text = readFileSync(this.recordPath, "utf8").replace('"bootId":"boot-1"', `"bootId":"${bootId}"`);
    writeFileSync(this.recordPath, text);
  }

  #starts(processId: number): void {
    const fields = ["S", ...Array.from({ length: 18 }, () => 0), 1].join(" ");
    mkdirSync(join(this.procRoot, String(processId)), { recursive: true });
    writeFileSync(join(this.procRoot, `${processId}/stat`), `${processId} (ballastd) ${fields}\n`);
  }

  addGuest(processId: number, entry: Partial<GuestEntry> = {}, merging?: Merging): KsmSceneGuest {
    const guest = new KsmSceneGuest(this.procRoot, processId, entry, merging);
    this.guests.push(guest);
    return guest;
  }

  /** Another program runs. */
  runs(comm: string): void {
    mkdirSync(join(this.procRoot, "4242"), { recursive: true });
    writeFileSync(join(this.procRoot, "4242/comm"), `${comm}\n`);
  }

  get(knob: string): string {
    return readFileSync(join(this.root, "sys", knob), "utf8").trim();
  }

  set(knob: string, value: number | string): void {
    writeFileSync(join(this.root, "sys", knob), `${value}\n`);
  }

  /** Run, pages and sleep, as they stand. */
  get knobs(): string {
    return ["run", "pages_to_scan", "sleep_millisecs"].map((knob) => this.get(knob)).join(" ");
  }

  get ports(): KsmAdapters {
    const folder = join(this.root, "sys");
    return {
      clock: this.clock,
      reader: createKsmReader({
        folder,
        procRoot: this.procRoot,
        cgroupRoot: join(this.root, "cgroup"),
        pageBytes: PAGE_BYTES,
      }),
      writer: createKsmKnobs(folder),
      record: createKsmRecord({ path: this.recordPath, folder, log: LOG, procRoot: this.procRoot }),
    };
  }

  /** Guests that are only observed. */
  readonly observed = new Set<string>();

  get recordPath(): string {
    return join(this.root, "state/ksm.json");
  }

  /** A keeper that has made its first round. */
  async keeper(change: Partial<KsmSettings> = {}, act = true): Promise<KsmController> {
    const ksm = ksmSettings({ intervalMs: 20, folder: join(this.root, "sys"), ...change });
    const keeper = new KsmController(this.ports, this.world, this.events, { ksm, act });
    onTestFinished(() => keeper.stop());
    await keeper.start();
    return keeper;
  }

  /** Waits until what the keeper tells satisfies. */
  async until(keeper: KsmController, holds: (status: KsmStatus) => boolean): Promise<KsmStatus> {
    const look = () => {
      const status = keeper.status();
      return status !== undefined && holds(status) ? status : undefined;
    };
    return vi.waitUntil(look, PATIENCE).catch((cause: unknown) => {
      const seen = JSON.stringify({ status: keeper.status(), told: this.told });
      throw new Error(`KSM never got there: ${seen}`, { cause });
    });
  }

  get told(): string[] {
    return this.events.since(0, 1000).map(({ text }) => text);
  }
}
