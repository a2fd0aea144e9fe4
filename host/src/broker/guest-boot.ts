/** What one guest reported since it booted: its newest report, its OOM kills, and whether it contradicts QEMU. */
import type { GuestReport } from "../model/guest.ts";

/** Frames from before a reset stay in sockets for less than this. */
const PAST_FRAMES_MS = 10_000;
/** One reboot may bring several `RESET` events. */
const SAME_RESET_MS = 1_000;

export class GuestBoot {
  #seenAtMs: number;
  #report: GuestReport | undefined;
  #oomKills: number | undefined;
  #contradiction: string | undefined;
  /** Boot id of the newest report of this boot. */
  #bootId: string | undefined;
  #beganAtMs = Number.NEGATIVE_INFINITY;
  #pastBootId: string | undefined;

  constructor(nowMs: number) {
    this.#seenAtMs = nowMs;
  }

  /** When the broker first saw this boot. */
  get seenAtMs(): number {
    return this.#seenAtMs;
  }

  /** The agent's newest report of this boot. */
  get report(): GuestReport | undefined {
    return this.#report;
  }

  /** The guest's count of OOM kills, as last reported. */
  get oomKills(): number | undefined {
    return this.#oomKills;
  }

  /** Why the guest's figures of its memory cannot be true. */
  get contradiction(): string | undefined {
    return this.#contradiction;
  }

  /** The guest boots again: what the last boot reported is void. */
  begin(atMs: number): void {
    this.#beganAtMs = atMs;
    this.#seenAtMs = atMs;
    this.#bootId = undefined;
    this.#report = undefined;
    this.#oomKills = undefined;
    this.#contradiction = undefined;
  }

  /** QEMU reported a reset. Frames of the boot before it may still arrive. Returns false for a second event of the same reset. */
  reset(atMs: number): boolean {
    const isNews = atMs - this.#beganAtMs >= SAME_RESET_MS;
    this.#pastBootId = this.#report?.bootId ?? this.#pastBootId;
    this.begin(atMs);
    return isNews;
  }

  /** A session began. The report of another boot is void; returns whether there was one. */
  heardBoot(bootId: string): boolean {
    const isAnother = this.#report !== undefined && this.#report.bootId !== bootId;
    if (isAnother) this.#report = undefined;
    return isAnother;
  }

  /** Takes in a report. Its boot id may show a boot that QEMU did not report. */
  heard(report: GuestReport): "past" | "same-boot" | "new-boot" {
    if (this.#isPast(report)) return "past";
    const isNew = this.#bootId !== undefined && this.#bootId !== report.bootId;
    if (isNew) this.begin(report.receivedAtMs);
    this.#bootId = report.bootId;
    this.#report = report;
    return isNew ? "new-boot" : "same-boot";
  }

  /** Takes in the guest's count of OOM kills and returns how many are new. Of two sources one lags behind, so the count never falls. */
  countOomKills(kills: number): number {
    const known = this.#oomKills;
    this.#oomKills = Math.max(known ?? 0, kills);
    return this.#oomKills - (known ?? this.#oomKills);
  }

  /** Sets the contradiction that was found; undefined: there is none. */
  judged(contradiction: string | undefined): void {
    this.#contradiction = contradiction;
  }

  #isPast({ receivedAtMs, bootId }: GuestReport): boolean {
    if (receivedAtMs < this.#beganAtMs) return true;
    return bootId === this.#pastBootId && receivedAtMs - this.#beganAtMs < PAST_FRAMES_MS;
  }
}
