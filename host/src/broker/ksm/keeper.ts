/** Keeps KSM: looks, decides, turns the knobs, once an interval; and puts everything back at the end. */
import type {
  KsmGuest,
  KsmGuestStatus,
  KsmMode,
  KsmReading,
  KsmSnapshot,
  KsmStatus,
} from "../../model/ksm.ts";
import { decideKsm, FRESH_KSM, type KsmDecision, type KsmMemory } from "../../policy/ksm/decide.ts";
import { checkUnmerge } from "../../policy/ksm/unmerge.ts";
import type { Diary } from "../diary.ts";
import { formatMib } from "../phrases.ts";
import { Rounds } from "../rounds.ts";
import { Custody } from "./custody.ts";
import type { KsmKeeperSettings, KsmPorts, KsmWorld } from "./ports.ts";
import { guestStatusOf, reasonText, statusOf } from "./status.ts";
import { Switches } from "./switches.ts";
import { TakingApart } from "./taking-apart.ts";

/** Looking for other programs walks all processes. */
const RIVAL_LOOK_MS = 30_000;

export interface KsmAnswer {
  readonly ok: boolean;
  readonly text: string;
}

export class KsmKeeper {
  readonly #ports: KsmPorts;
  readonly #world: KsmWorld;
  readonly #diary: Diary;
  readonly #custody: Custody;
  readonly #switches: Switches;
  readonly #rounds: Rounds;
  #settings: KsmKeeperSettings;
  #memory: KsmMemory = FRESH_KSM;
  #reading: KsmReading | undefined;
  #guests: readonly KsmGuest[] = [];
  #decision: KsmDecision | undefined;
  #rival: { readonly text: string | undefined; readonly atMs: number } | undefined;
  #otherBroker: number | undefined;
  #problem: string | undefined;
  /** `ballast ksm on` where the config does not steer. */
  #isAsked = false;
  #isOnPressed = false;
  #unmerge: TakingApart | undefined;
  #told: string | undefined;

  constructor(ports: KsmPorts, world: KsmWorld, diary: Diary, settings: KsmKeeperSettings) {
    this.#ports = ports;
    this.#world = world;
    this.#diary = diary;
    this.#settings = settings;
    this.#custody = new Custody(ports.writer, ports.record);
    this.#switches = new Switches(ports.reader, this.#custody, diary);
    this.#rounds = new Rounds(ports.clock, () => this.#round());
  }

  /** Takes over from a broker that ended without notice, and begins; resolves after the first round. */
  async start(): Promise<void> {
    this.#otherBroker = this.#custody.takeOver().otherBroker;
    if (Object.keys(this.#custody.found).length > 0)
      this.#diary.note("info", "ksm", "a broker ended without notice: KSM's former values are known");
    await this.#rounds.start();
  }

  reconfigure(settings: KsmKeeperSettings): void {
    this.#settings = settings;
    this.#rounds.within(0);
  }

  /** Puts the knobs back as they were found; guests that must not share stay apart. */
  async stop(): Promise<void> {
    await this.#rounds.stop();
    await this.#unmerge?.ended;
    const apart = new Set(
      (this.#decision?.merges ?? []).flatMap(({ name, reason }) => (reason === "other-trust" ? [name] : [])),
    );
    await this.#switches.giveBack(this.#world.records(), (name) => apart.has(name));
    await this.#restore("stopping");
  }

  status(): KsmStatus | undefined {
    const reading = this.#reading;
    const decision = this.#decision;
    if (reading === undefined || decision === undefined) return undefined;
    return statusOf({
      mode: this.#mode(),
      act: this.#settings.act,
      reading,
      decision,
      problem: this.#problem,
      unmerge: this.#unmerge?.progress,
    });
  }

  guest(name: string): KsmGuestStatus | undefined {
    const guest = this.#guests.find((known) => known.name === name);
    const verdict = this.#decision?.merges.find((known) => known.name === name);
    return guest && guestStatusOf(guest, verdict, this.#reading?.pageBytes ?? 0);
  }

  /** `ballast ksm on`: steers at once, whatever was said or seen before. */
  async on(): Promise<KsmAnswer> {
    const refusal = await this.#refusal();
    if (refusal !== undefined) return { ok: false, text: refusal };
    this.#custody.setManualOff(false);
    this.#isAsked = true;
    this.#isOnPressed = true;
    this.#rounds.within(0);
    return this.#done("on", `KSM is steered: ${this.#mode()}`);
  }

  /** `ballast ksm off`: ksmd rests until `on`, also over a restart; what is merged stays merged. */
  async off(): Promise<KsmAnswer> {
    const refusal = await this.#refusal();
    if (refusal !== undefined) return { ok: false, text: refusal };
    if (!isSteering(this.#mode())) {
      const text = `ksm.mode is ${this.#settings.ksm.mode}: the broker does not steer KSM; to stop it: echo 0 > ${this.#settings.ksm.folder}/run`;
      return { ok: false, text };
    }
    this.#custody.setManualOff(true);
    this.#rounds.within(0);
    return this.#done("off", "ksmd rests until ballast ksm on; what is merged stays merged");
  }

  /** `ballast ksm unmerge`: only where all of it fits into memory. */
  async unmerge(): Promise<KsmAnswer> {
    const refusal = await this.#refusal();
    if (refusal !== undefined) return { ok: false, text: refusal };
    const { host, plan } = this.#world;
    const reading = await this.#ports.reader.read();
    if (reading === undefined || host === undefined) return { ok: false, text: "KSM cannot be read yet" };
    const reserveBytes = plan?.ledger.reserveBytes ?? 0;
    const check = checkUnmerge(reading.savedBytes, host.availableBytes, reserveBytes);
    if (!check.fits) {
      const text =
        `taking ${formatMib(check.savedBytes)} apart needs ${formatMib(check.neededBytes)} available ` +
        `(with a margin and the reserve of ${formatMib(reserveBytes)}), there are ${formatMib(check.availableBytes)}: nothing is done`;
      return { ok: false, text };
    }
    await this.#custody.turn({ run: 0 }, reading.knobs);
    this.#custody.setManualOff(true);
    this.#unmerge = new TakingApart({
      ...{ reader: this.#ports.reader, writer: this.#ports.writer, diary: this.#diary },
      startBytes: reading.savedBytes,
      leastAvailableBytes: reserveBytes / 2,
      availableBytes: () => this.#world.host?.availableBytes ?? Number.POSITIVE_INFINITY,
    });
    void this.#unmerge.ended.then(() => this.#rounds.within(0));
    return this.#done("unmerge", `taking ${formatMib(reading.savedBytes)} apart`);
  }

  /** Never rejects; resolves with the longest time to the next round. */
  async #round(): Promise<number> {
    try {
      await this.#lookAndDecide();
    } catch (error) {
      this.#setProblem(error instanceof Error ? error.message : String(error));
    }
    return this.#settings.ksm.intervalMs;
  }

  async #lookAndDecide(): Promise<void> {
    const snapshot = await this.#look();
    if (snapshot === undefined) return;
    const { ksm, act } = this.#settings;
    const mode = this.#mode();
    const isPressed = this.#isOnPressed;
    this.#isOnPressed = false;
    const decision = decideKsm(
      snapshot,
      this.#memory,
      { ...ksm, mode },
      {
        written: this.#custody.written,
        manual: isPressed ? "on" : this.#custody.manualOff ? "off" : "auto",
        unmerging: this.#isUnmerging(),
        switchedOff: new Set(Object.values(this.#custody.switchedOff)),
      },
    );
    this.#memory = decision.memory;
    this.#decision = decision;
    this.#tell(decision);
    if (decision.reason === "rival" || decision.reason === "foreign-change") this.#custody.letGo();
    else if (act && isSteering(mode)) await this.#carryOut(decision, snapshot.reading);
    else await this.#putRight();
  }

  async #carryOut(decision: KsmDecision, reading: KsmReading): Promise<void> {
    this.#switches.apply(decision.merges, this.#world.records());
    await this.#custody.turn(decision.knobs, reading.knobs);
    this.#setProblem(undefined);
  }

  /** The broker does not steer (any more): what one before it, or other settings, left is undone. */
  async #putRight(): Promise<void> {
    if (this.#isUnmerging() || this.#unmerge !== undefined) return;
    await this.#switches.giveBack(this.#world.records(), () => false);
    if (Object.keys(this.#custody.found).length > 0) await this.#restore("not steering");
  }

  async #look(): Promise<KsmSnapshot | undefined> {
    const { clock, reader } = this.#ports;
    const { host, plan } = this.#world;
    const reading = await reader.read();
    this.#reading = reading;
    if (reading === undefined || host === undefined) return undefined;
    this.#guests = await this.#switches.look(this.#world.records());
    const { ksm } = this.#settings;
    const [cpuStallPercent, rival, ksmtuned] = await Promise.all([
      reader.cpuStallPercent(),
      this.#lookForRival(),
      ksm.mode === "ksmtuned" ? reader.ksmtunedFacts(ksm.ksmtuned) : undefined,
    ]);
    const memoryStallPercent = host.psiSomeAvg10;
    return {
      nowMs: clock.nowMs(),
      reading,
      guests: this.#guests,
      host: {
        totalBytes: host.totalBytes,
        availableBytes: host.availableBytes,
        ...(memoryStallPercent !== undefined && { memoryStallPercent }),
        ...(cpuStallPercent !== undefined && { cpuStallPercent }),
      },
      ...(plan !== undefined && { books: { ...plan.ledger, regime: plan.regime } }),
      ...(rival !== undefined && { rival }),
      ...(ksmtuned !== undefined && { ksmtuned }),
    };
  }

  async #lookForRival(): Promise<string | undefined> {
    if (this.#otherBroker !== undefined)
      return `another ballastd (process ${this.#otherBroker}) holds it; stop one of the two`;
    const nowMs = this.#ports.clock.nowMs();
    if (this.#rival === undefined || nowMs - this.#rival.atMs >= RIVAL_LOOK_MS)
      this.#rival = { text: await this.#ports.reader.rival(), atMs: nowMs };
    return this.#rival.text;
  }

  async #refusal(): Promise<string | undefined> {
    this.#rival = undefined;
    const rival = await this.#lookForRival();
    if (rival !== undefined) return `KSM is not ours: ${rival}`;
    if (this.#reading === undefined)
      return `this kernel has no KSM: ${this.#settings.ksm.folder} cannot be read`;
    if (!this.#settings.act) return "mode is observe: nothing is changed; write mode: act";
    return this.#isUnmerging() ? "pages are being taken apart: wait until that is over" : undefined;
  }

  async #restore(when: string): Promise<void> {
    try {
      const reading = await this.#ports.reader.read();
      if (await this.#custody.restore(reading?.knobs))
        this.#diary.note("info", "ksm", `KSM's knobs are put back as they were found (${when})`);
    } catch (error) {
      this.#setProblem(`KSM's former values cannot be put back: ${String(error)}`);
    }
  }

  #mode(): KsmMode {
    const { mode } = this.#settings.ksm;
    return this.#isAsked && !isSteering(mode) ? "adaptive" : mode;
  }

  #isUnmerging(): boolean {
    return this.#unmerge?.progress.state === "running";
  }

  #tell(decision: KsmDecision): void {
    const text = reasonText(decision);
    if (text === this.#told) return;
    this.#told = text;
    const isWarning = decision.reason === "rival" || decision.reason === "foreign-change";
    this.#diary.note(isWarning ? "warn" : "info", "ksm", text);
  }

  #done(word: string, text: string): KsmAnswer {
    this.#diary.note("info", "manual", `ballast ksm ${word}: ${text}`);
    return { ok: true, text };
  }

  #setProblem(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#problem) this.#diary.note("warn", "ksm", problem);
    this.#problem = problem;
  }
}

function isSteering(mode: KsmMode): boolean {
  return mode !== "off" && mode !== "observe";
}
