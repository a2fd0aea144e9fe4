/** Observes KSM, the guests' part in it, and other programs that set the same knobs. */
import type { KsmGuest, KsmReading, KsmSnapshot } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { KsmAdapters, KsmBrokerState } from "./adapters.ts";
import type { MergeSwitch } from "./merge-switch.ts";

/** Looking for other programs reads all processes, so it is done this seldom. */
const RIVAL_LOOK_MS = 30_000;

export class KsmObserver {
  readonly #ports: KsmAdapters;
  readonly #world: KsmBrokerState;
  readonly #mergeSwitch: MergeSwitch;
  #reading: KsmReading | undefined;
  #guests: readonly KsmGuest[] = [];
  #rival: { readonly text: string | undefined; readonly atMs: number } | undefined;
  /** Process of another ballastd whose record was found. */
  otherBroker: number | undefined;

  constructor(ports: KsmAdapters, world: KsmBrokerState, mergeSwitch: MergeSwitch) {
    this.#ports = ports;
    this.#world = world;
    this.#mergeSwitch = mergeSwitch;
  }

  /** The last reading; undefined: the kernel has no KSM, or it has not been read yet. */
  get reading(): KsmReading | undefined {
    return this.#reading;
  }

  get guests(): readonly KsmGuest[] {
    return this.#guests;
  }

  /** Undefined: KSM or the host cannot be read. */
  async observe(ksm: KsmSettings): Promise<KsmSnapshot | undefined> {
    const { clock, reader } = this.#ports;
    const { host, plan } = this.#world;
    const reading = await reader.read();
    this.#reading = reading;
    if (reading === undefined || host === undefined) return undefined;
    this.#guests = await this.#mergeSwitch.observe(this.#world.records());
    const [cpuStallPercent, rival, ksmtuned] = await Promise.all([
      reader.cpuStallPercent(),
      this.rival(),
      ksm.mode === "ksmtuned" ? reader.ksmtunedFacts(ksm.ksmtuned) : undefined,
    ]);
    const { totalBytes, availableBytes, psiSomeAvg10: memoryStallPercent } = host;
    return {
      nowMs: clock.nowMs(),
      reading,
      guests: this.#guests,
      host: {
        ...{ totalBytes, availableBytes },
        ...(memoryStallPercent !== undefined && { memoryStallPercent }),
        ...(cpuStallPercent !== undefined && { cpuStallPercent }),
      },
      ...(plan !== undefined && { ledger: { ...plan.ledger, regime: plan.regime } }),
      ...(rival !== undefined && { rival }),
      ...(ksmtuned !== undefined && { ksmtuned }),
    };
  }

  /** The other program that controls KSM, in words. `anew`: look again, even if the last answer is recent. */
  async rival(anew = false): Promise<string | undefined> {
    if (this.otherBroker !== undefined)
      return `another ballastd (process ${this.otherBroker}) holds it; stop one of the two`;
    const nowMs = this.#ports.clock.nowMs();
    if (anew || this.#rival === undefined || nowMs - this.#rival.atMs >= RIVAL_LOOK_MS)
      this.#rival = { text: await this.#ports.reader.rival(), atMs: nowMs };
    return this.#rival.text;
  }
}
