/** The admin's commands for KSM: on, off, unmerge. A command that cannot be done is refused with a reason. */
import { formatMib } from "../../model/bytes.ts";
import { KSM_KNOB_FILES } from "../../model/ksm.ts";
import type { KsmMode } from "../../model/ksm-settings.ts";
import type { KsmCommand } from "../../model/status.ts";
import { checkUnmerge } from "../../policy/ksm/unmerge.ts";
import type { EventLog } from "../event-log.ts";
import type { KsmAdapters, KsmBrokerState, KsmControllerSettings } from "./adapters.ts";
import type { KsmObserver } from "./ksm-observer.ts";
import type { SavedKnobs } from "./saved-knobs.ts";
import { UnmergeJob } from "./unmerge-job.ts";

export interface KsmAnswer {
  readonly ok: boolean;
  readonly text: string;
}

export interface AdminCommandsOptions {
  readonly ports: KsmAdapters;
  readonly world: KsmBrokerState;
  readonly events: EventLog;
  readonly savedKnobs: SavedKnobs;
  readonly observer: KsmObserver;
  readonly settings: () => KsmControllerSettings;
  /** Requests a tick at once. */
  readonly onChange: () => void;
}

/** Whether the broker sets KSM's knobs in this mode. */
export function isSteering(mode: KsmMode): boolean {
  return mode !== "off" && mode !== "observe";
}

export class AdminCommands {
  readonly #options: AdminCommandsOptions;
  /** The admin commanded `on` although the config does not control KSM. */
  #isSwitchedOn = false;
  #isOnForced = false;
  #unmergeJob: UnmergeJob | undefined;

  constructor(options: AdminCommandsOptions) {
    this.#options = options;
  }

  /** The last or running unmerge. */
  get takingApart(): UnmergeJob | undefined {
    return this.#unmergeJob;
  }

  get isUnmerging(): boolean {
    return this.#unmergeJob?.progress.state === "running";
  }

  /** The config's mode, or the mode that replaces it since `on`. */
  get mode(): KsmMode {
    const { mode } = this.#options.settings().ksm;
    return this.#isSwitchedOn && !isSteering(mode) ? "adaptive" : mode;
  }

  /** Whether `on` was commanded since the last call. */
  consumeForcedOn(): boolean {
    const isPressed = this.#isOnForced;
    this.#isOnForced = false;
    return isPressed;
  }

  async carryOut(order: KsmCommand): Promise<KsmAnswer> {
    const refusal = await this.#refusal();
    if (refusal !== undefined) return { ok: false, text: refusal };
    const answer = await this.#carryOut(order);
    if (answer.ok) this.#options.events.add("info", "manual", `ballast ksm ${order}: ${answer.text}`);
    this.#options.onChange();
    return answer;
  }

  async #carryOut(order: KsmCommand): Promise<KsmAnswer> {
    if (order === "on") return this.#on();
    return order === "off" ? this.#off() : this.#unmerge();
  }

  /** Controls KSM at once, whatever was commanded or seen before. */
  #on(): KsmAnswer {
    this.#options.savedKnobs.setManualOff(false);
    this.#isSwitchedOn = true;
    this.#isOnForced = true;
    return { ok: true, text: `KSM is controlled, mode ${this.mode}` };
  }

  /** ksmd rests until `on`, even after a restart. */
  #off(): KsmAnswer {
    const { mode, folder } = this.#options.settings().ksm;
    if (!isSteering(this.mode)) {
      const byHand = `echo 0 > ${folder}/${KSM_KNOB_FILES.run}`;
      return {
        ok: false,
        text: `ksm.mode is ${mode}: the broker does not control KSM; to stop it yourself: ${byHand}`,
      };
    }
    this.#options.savedKnobs.setManualOff(true);
    return { ok: true, text: "ksmd rests until ballast ksm on; what is merged stays merged" };
  }

  async #unmerge(): Promise<KsmAnswer> {
    const { ports, world, savedKnobs, events } = this.#options;
    const { host, plan } = world;
    const reading = await ports.reader.read();
    if (reading === undefined || host === undefined)
      return { ok: false, text: "KSM or the host's memory cannot be read: try again later" };
    const reserveBytes = plan?.ledger.reserveBytes ?? 0;
    const check = checkUnmerge(reading.savedBytes, host.availableBytes, reserveBytes);
    if (!check.fits) {
      const needed = `needs ${formatMib(check.neededBytes)} available (including a margin and the reserve of ${formatMib(reserveBytes)})`;
      const text = `unmerging ${formatMib(check.savedBytes)} ${needed}; ${formatMib(check.availableBytes)} is available: nothing is done`;
      return { ok: false, text };
    }
    if (!savedKnobs.hold(reading.knobs))
      return { ok: false, text: "KSM's settings cannot be saved in the state folder: see the log" };
    savedKnobs.forgetWritten();
    savedKnobs.setManualOff(true);
    this.#unmergeJob = new UnmergeJob({
      ...{ reader: ports.reader, writer: ports.writer, events, startBytes: reading.savedBytes },
      leastAvailableBytes: reserveBytes / 2,
      availableBytes: () => world.host?.availableBytes ?? Number.POSITIVE_INFINITY,
    });
    void this.#unmergeJob.ended.then(this.#options.onChange);
    return { ok: true, text: `unmerging ${formatMib(reading.savedBytes)}` };
  }

  async #refusal(): Promise<string | undefined> {
    const { observer, settings } = this.#options;
    const { act, ksm } = settings();
    const rival = await observer.rival(true);
    if (rival !== undefined) return `another program controls KSM: ${rival}`;
    if (observer.reading === undefined) return `this kernel has no KSM: ${ksm.folder} cannot be read`;
    if (!act) return "mode is observe, so nothing is changed: write mode: act";
    return this.isUnmerging ? "pages are being unmerged: wait until that is done" : undefined;
  }
}
