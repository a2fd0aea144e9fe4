/** The admin's word on KSM: on, off, unmerge; refused with a reason where it cannot be done. */
import { KSM_KNOB_FILES } from "../../model/ksm.ts";
import type { KsmMode } from "../../model/ksm-settings.ts";
import type { KsmCommand } from "../../model/status.ts";
import { checkUnmerge } from "../../policy/ksm/unmerge.ts";
import type { EventLog } from "../event-log.ts";
import { formatMib } from "../wording.ts";
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
  /** Something is to be done at once. */
  readonly onChange: () => void;
}

/** Whether the broker turns KSM's knobs in this mode. */
export function isSteering(mode: KsmMode): boolean {
  return mode !== "off" && mode !== "observe";
}

export class AdminCommands {
  readonly #options: AdminCommandsOptions;
  /** `on` where the config does not steer. */
  #isSwitchedOn = false;
  #isOnForced = false;
  #takingApart: UnmergeJob | undefined;

  constructor(options: AdminCommandsOptions) {
    this.#options = options;
  }

  /** The last or running unmerge. */
  get takingApart(): UnmergeJob | undefined {
    return this.#takingApart;
  }

  get isUnmerging(): boolean {
    return this.#takingApart?.progress.state === "running";
  }

  /** The config's mode, or what stands in for it since `on`. */
  get mode(): KsmMode {
    const { mode } = this.#options.settings().ksm;
    return this.#isSwitchedOn && !isSteering(mode) ? "adaptive" : mode;
  }

  /** Whether `on` was said since this was asked last. */
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

  /** Steers at once, whatever was said or seen before. */
  #on(): KsmAnswer {
    this.#options.savedKnobs.setManualOff(false);
    this.#isSwitchedOn = true;
    this.#isOnForced = true;
    return { ok: true, text: `KSM is steered, mode ${this.mode}` };
  }

  /** ksmd rests until `on`, also over a restart. */
  #off(): KsmAnswer {
    const { mode, folder } = this.#options.settings().ksm;
    if (!isSteering(this.mode)) {
      const byHand = `echo 0 > ${folder}/${KSM_KNOB_FILES.run}`;
      return { ok: false, text: `ksm.mode is ${mode}: KSM is not the broker's to stop; by hand: ${byHand}` };
    }
    this.#options.savedKnobs.setManualOff(true);
    return { ok: true, text: "ksmd rests until ballast ksm on; what is merged stays merged" };
  }

  async #unmerge(): Promise<KsmAnswer> {
    const { ports, world, savedKnobs, events } = this.#options;
    const { host, plan } = world;
    const reading = await ports.reader.read();
    if (reading === undefined || host === undefined)
      return { ok: false, text: "KSM or the host's memory cannot be read: try again in a moment" };
    const reserveBytes = plan?.ledger.reserveBytes ?? 0;
    const check = checkUnmerge(reading.savedBytes, host.availableBytes, reserveBytes);
    if (!check.fits) {
      const needed = `needs ${formatMib(check.neededBytes)} available (a margin and the reserve of ${formatMib(reserveBytes)} with it)`;
      const text = `taking ${formatMib(check.savedBytes)} apart ${needed}, there are ${formatMib(check.availableBytes)}: nothing is done`;
      return { ok: false, text };
    }
    if (!savedKnobs.hold(reading.knobs))
      return { ok: false, text: "how KSM stands cannot be kept in the state folder: see the log" };
    savedKnobs.forgetWritten();
    savedKnobs.setManualOff(true);
    this.#takingApart = new UnmergeJob({
      ...{ reader: ports.reader, writer: ports.writer, events, startBytes: reading.savedBytes },
      leastAvailableBytes: reserveBytes / 2,
      availableBytes: () => world.host?.availableBytes ?? Number.POSITIVE_INFINITY,
    });
    void this.#takingApart.ended.then(this.#options.onChange);
    return { ok: true, text: `taking ${formatMib(reading.savedBytes)} apart` };
  }

  async #refusal(): Promise<string | undefined> {
    const { observer, settings } = this.#options;
    const { act, ksm } = settings();
    const rival = await observer.rival(true);
    if (rival !== undefined) return `KSM is not ours: ${rival}`;
    if (observer.reading === undefined) return `this kernel has no KSM: ${ksm.folder} cannot be read`;
    if (!act) return "mode is observe, so nothing is changed: write mode: act";
    return this.isUnmerging ? "pages are being taken apart: wait until that is over" : undefined;
  }
}
