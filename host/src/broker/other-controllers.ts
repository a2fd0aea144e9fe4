/** Watches for other programs that move balloons. It adds an event, names the program if it can, and takes the balloon back later. */

import type { Clock, SocketClients } from "../model/adapters.ts";
import { formatMib } from "../model/bytes.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestRecord } from "./guest-record.ts";

export class OtherControllers {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #clients: SocketClients;
  readonly #events: EventLog;

  constructor(clock: Pick<Clock, "nowMs">, clients: SocketClients, events: EventLog) {
    this.#clock = clock;
    this.#clients = clients;
    this.#events = events;
  }

  /** Takes in a size of the guest's balloon, from an answer or an event. */
  saw(record: GuestRecord, actualBytes: number, atMs: number): void {
    const { balloon, agent } = record;
    const sentBytes = balloon.targetBytes;
    if (!balloon.sawActual(actualBytes, atMs, agent?.facts().deflateOnOom)) return;
    const text = `another program moved its balloon to ${formatMib(actualBytes)}, though its target is ${formatMib(sentBytes)}`;
    this.#events.add("warn", "other-controller", `${text}: it is left alone from now on`, record.entry.name);
    void this.#name(record);
  }

  /** Takes back balloons that no other program has moved for long. */
  reclaimQuiet(records: Iterable<GuestRecord>): void {
    const nowMs = this.#clock.nowMs();
    for (const { balloon } of records) if (balloon.isOtherGone(nowMs)) balloon.reclaim();
  }

  async #name(record: GuestRecord): Promise<void> {
    const { processId, entry } = record;
    if (processId === undefined) return;
    const own = [entry.qmpPath, ...(entry.agentPath === undefined ? [] : [entry.agentPath])];
    const clients = (await this.#clients.of(processId)).filter(({ path }) => !own.includes(path));
    if (clients.length === 0) return;
    const words = clients.map(({ name, pid, path }) => `${name} (process ${pid}) is connected to ${path}`);
    record.balloon.suspect(words.join(", "));
    this.#events.add("warn", "other-controller", words.join(", "), entry.name);
  }
}
