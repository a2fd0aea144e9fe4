/** What the history says about lending: sums over its steps, and nothing that they do not hold. Pure. */
import { sum } from "../model/bytes.ts";
import type {
  GuestPoint,
  GuestReportLine,
  HistoryReport,
  HistoryStep,
  KillAnswers,
  Moment,
} from "../model/history.ts";
import { TAKEN_TO } from "./intended.ts";
import { killAnswer, noKills } from "./kill-answers.ts";
import { Mean } from "./mean.ts";
import { ProxmoxComparer, type SettingsOf } from "./proxmox-comparison.ts";
import { Timeline } from "./timeline.ts";

/** Adds up steps, oldest first. */
export class ReportBuilder {
  readonly #guests = new Map<string, GuestSums>();
  readonly #byHour: Mean[] = Array.from({ length: 24 }, () => new Mean());
  readonly #lendable = new Mean();
  readonly #lent = new Mean();
  readonly #regimes = new Map<string, number>();
  readonly #timeline = new Timeline();
  readonly #proxmox: ProxmoxComparer;
  #kills: KillAnswers = noKills();
  #most: Moment | undefined;
  #least: Moment | undefined;
  #firstMs: number | undefined;
  #measuredMs = 0;

  /** `settingsOf`: what Proxmox's rule needs of the guests, beside their steps. */
  constructor(settingsOf: SettingsOf) {
    this.#proxmox = new ProxmoxComparer(settingsOf);
  }

  add(step: HistoryStep): void {
    const { atMs, stepMs, host, guests } = step;
    this.#firstMs ??= atMs;
    this.#measuredMs += stepMs;
    const lendable: Moment = { atMs, bytes: sum(guests, (guest) => lendableBytes(guest) ?? 0) };
    this.#lendable.add(lendable.bytes, stepMs);
    this.#byHour[new Date(atMs).getHours()]?.add(lendable.bytes, stepMs);
    const lentBytes = sum(guests, ({ maxBytes = 0, actualBytes = maxBytes }) =>
      Math.max(0, maxBytes - actualBytes),
    );
    this.#lent.add(lentBytes, stepMs);
    this.#timeline.add(atMs, stepMs, {
      ...{ lendableBytes: lendable.bytes, lentBytes, hostAvailableBytes: host.availableBytes },
    });
    this.#proxmox.add(step);
    if (this.#most === undefined || lendable.bytes > this.#most.bytes) this.#most = lendable;
    if (this.#least === undefined || lendable.bytes < this.#least.bytes) this.#least = lendable;
    const { regime } = host;
    if (regime !== undefined) this.#regimes.set(regime, (this.#regimes.get(regime) ?? 0) + stepMs);
    const limit = regime === undefined || regime === "ample" ? undefined : TAKEN_TO[regime];
    for (const guest of guests) {
      const sums = this.#guests.get(guest.name) ?? new GuestSums(guest.name);
      this.#guests.set(guest.name, sums);
      sums.add(guest, atMs, stepMs, limit);
      if (guest.oomKills > 0) this.#addKills(killAnswer(guest, host), guest.oomKills);
    }
  }

  #addKills(answer: keyof KillAnswers, count: number): void {
    this.#kills = { ...this.#kills, [answer]: this.#kills[answer] + count };
  }

  /** The report of a time; `sinceMs` and `untilMs` are as they were wanted. */
  report(sinceMs: number, untilMs: number): HistoryReport {
    const moments = {
      ...(this.#firstMs !== undefined && { firstMs: this.#firstMs }),
      ...(this.#most !== undefined && { most: this.#most }),
      ...(this.#least !== undefined && { least: this.#least }),
    };
    const proxmox = this.#proxmox.comparison();
    return {
      ...{ sinceMs, untilMs, measuredMs: this.#measuredMs, ...moments },
      meanLendableBytes: this.#lendable.value ?? 0,
      meanLentBytes: this.#lent.value ?? 0,
      lendableByHour: this.#byHour.flatMap(({ value }, hour) =>
        value === undefined ? [] : [{ hour, meanBytes: value }],
      ),
      regimes: Object.fromEntries(this.#regimes),
      kills: this.#kills,
      ...(proxmox !== undefined && { proxmox }),
      timeline: this.#timeline.parts().map(({ bytes, ...time }) => ({ ...time, ...bytes })),
      guests: [...this.#guests.values()].map((guest) => guest.line()),
    };
  }
}

/** What could be lent of a guest without going below what it wants; undefined: nothing is known of its need. */
function lendableBytes({ maxBytes, wantBytes }: GuestPoint): number | undefined {
  return maxBytes === undefined || wantBytes === undefined ? undefined : Math.max(0, maxBytes - wantBytes);
}

class GuestSums {
  readonly #name: string;
  readonly #lendable = new Mean();
  #measuredMs = 0;
  #unknownMs = 0;
  #agentMs = 0;
  #observedMs = 0;
  #belowFloorMs = 0;
  #belowFloor: Moment | undefined;
  #taken: Moment | undefined;
  #oomKills = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(guest: GuestPoint, atMs: number, stepMs: number, limit: "wantBytes" | "floorBytes" | undefined): void {
    const { actualBytes, floorBytes } = guest;
    const lendable = lendableBytes(guest);
    this.#measuredMs += stepMs;
    this.#oomKills += guest.oomKills;
    if (guest.hasAgent) this.#agentMs += stepMs;
    if (guest.isObserved) this.#observedMs += stepMs;
    if (lendable === undefined) this.#unknownMs += stepMs;
    else this.#lendable.add(lendable, stepMs);
    if (actualBytes === undefined) return;
    if (floorBytes !== undefined && actualBytes < floorBytes) {
      this.#belowFloorMs += stepMs;
      this.#belowFloor = larger(this.#belowFloor, { atMs, bytes: floorBytes - actualBytes });
    }
    const keptBytes = limit && guest[limit];
    if (guest.isObserved && keptBytes !== undefined && keptBytes < actualBytes)
      this.#taken = larger(this.#taken, { atMs, bytes: actualBytes - keptBytes });
  }

  line(): GuestReportLine {
    return {
      name: this.#name,
      ...{ measuredMs: this.#measuredMs, unknownMs: this.#unknownMs, agentMs: this.#agentMs },
      ...{ observedMs: this.#observedMs, belowFloorMs: this.#belowFloorMs, oomKills: this.#oomKills },
      ...(this.#lendable.value !== undefined && { meanLendableBytes: this.#lendable.value }),
      ...(this.#belowFloor !== undefined && { mostBelowFloor: this.#belowFloor }),
      ...(this.#taken !== undefined && { mostTaken: this.#taken }),
    };
  }
}

function larger(a: Moment | undefined, b: Moment): Moment {
  return a === undefined || b.bytes > a.bytes ? b : a;
}
