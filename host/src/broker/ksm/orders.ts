/** The admin's word on KSM: on, off, unmerge; refused with a reason where it cannot be done. */
import { KSM_KNOB_FILES } from "../../model/ksm.ts";
import type { KsmMode } from "../../model/ksm-settings.ts";
import type { KsmOrder } from "../../model/status.ts";
import { checkUnmerge } from "../../policy/ksm/unmerge.ts";
import type { Diary } from "../diary.ts";
import { formatMib } from "../phrases.ts";
import type { Custody } from "./custody.ts";
import type { Lookout } from "./lookout.ts";
import type { KsmKeeperSettings, KsmPorts, KsmWorld } from "./ports.ts";
import { TakingApart } from "./taking-apart.ts";

export interface KsmAnswer {
  readonly ok: boolean;
  readonly text: string;
}

export interface OrdersOptions {
  readonly ports: KsmPorts;
  readonly world: KsmWorld;
  readonly diary: Diary;
  readonly custody: Custody;
  readonly lookout: Lookout;
  readonly settings: () => KsmKeeperSettings;
  /** Something is to be done at once. */
  readonly onChange: () => void;
}

/** Whether the broker turns KSM's knobs in this mode. */
export function isSteering(mode: KsmMode): boolean {
  return mode !== "off" && mode !== "observe";
}

export class Orders {
  readonly #options: OrdersOptions;
  /** `on` where the config does not steer. */
  #isAsked = false;
  #isOnPressed = false;
  #takingApart: TakingApart | undefined;

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /** The last or running unmerge. */
  get takingApart(): TakingApart | undefined {
    return this.#takingApart;
  }

  get isUnmerging(): boolean {
    return this.#takingApart?.progress.state === "running";
  }

  /** The config's mode, or what stands in for it since `on`. */
  get mode(): KsmMode {
    const { mode } = this.#options.settings().ksm;
    return this.#isAsked && !isSteering(mode) ? "adaptive" : mode;
  }

  /** Whether `on` was said since this was asked last. */
  takeOn(): boolean {
    const isPressed = this.#isOnPressed;
    this.#isOnPressed = false;
    return isPressed;
  }

  async carryOut(order: KsmOrder): Promise<KsmAnswer> {
    const refusal = await this.#refusal();
    if (refusal !== undefined) return { ok: false, text: refusal };
    const answer = await this.#carryOut(order);
    if (answer.ok) this.#options.diary.note("info", "manual", `ballast ksm ${order}: ${answer.text}`);
    this.#options.onChange();
    return answer;
  }

  async #carryOut(order: KsmOrder): Promise<KsmAnswer> {
    if (order === "on") return this.#on();
    return order === "off" ? this.#off() : this.#unmerge();
  }

  /** Steers at once, whatever was said or seen before. */
  #on(): KsmAnswer {
    this.#options.custody.setManualOff(false);
    this.#isAsked = true;
    this.#isOnPressed = true;
    return { ok: true, text: `KSM is steered, mode ${this.mode}` };
  }

  /** ksmd rests until `on`, also over a restart. */
  #off(): KsmAnswer {
    const { mode, folder } = this.#options.settings().ksm;
    if (!isSteering(this.mode)) {
      const byHand = `echo 0 > ${folder}/${KSM_KNOB_FILES.run}`;
      return { ok: false, text: `ksm.mode is ${mode}: KSM is not the broker's to stop; by hand: ${byHand}` };
    }
    this.#options.custody.setManualOff(true);
    return { ok: true, text: "ksmd rests until ballast ksm on; what is merged stays merged" };
  }

  async #unmerge(): Promise<KsmAnswer> {
    const { ports, world, custody, diary } = this.#options;
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
    if (!custody.hold(reading.knobs))
      return { ok: false, text: "how KSM stands cannot be kept in the state folder: see the log" };
    custody.forgetWritten();
    custody.setManualOff(true);
    this.#takingApart = new TakingApart({
      ...{ reader: ports.reader, writer: ports.writer, diary, startBytes: reading.savedBytes },
      leastAvailableBytes: reserveBytes / 2,
      availableBytes: () => world.host?.availableBytes ?? Number.POSITIVE_INFINITY,
    });
    void this.#takingApart.ended.then(this.#options.onChange);
    return { ok: true, text: `taking ${formatMib(reading.savedBytes)} apart` };
  }

  async #refusal(): Promise<string | undefined> {
    const { lookout, settings } = this.#options;
    const { act, ksm } = settings();
    const rival = await lookout.rival(true);
    if (rival !== undefined) return `KSM is not ours: ${rival}`;
    if (lookout.reading === undefined) return `this kernel has no KSM: ${ksm.folder} cannot be read`;
    if (!act) return "mode is observe, so nothing is changed: write mode: act";
    return this.isUnmerging ? "pages are being taken apart: wait until that is over" : undefined;
  }
}
