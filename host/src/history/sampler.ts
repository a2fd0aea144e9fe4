/** Makes samples of the broker's status: figures as they are, kills and moves since the last sample. */
import type { GuestPoint, HistorySample, LearnedHotCache, RecordedMove } from "../model/history.ts";
import type { Explanation, GuestStatus, Status } from "../model/status.ts";

type PastMove = Explanation["moves"][number];

/** What is sampled. */
export interface SampleSource {
  status(): Status;
  /** The guest's last moves, newest first. */
  moves(name: string): readonly PastMove[];
  /** What the policy has learned of the guests' caches. */
  hotCaches(): readonly LearnedHotCache[];
}

export class Sampler {
  readonly #source: SampleSource;
  #kills: ReadonlyMap<string, number> = new Map();
  #lastMoves: ReadonlyMap<string, PastMove> = new Map();

  constructor(source: SampleSource) {
    this.#source = source;
  }

  /** The sample, and how to note that it was written: until then its kills and moves come again. */
  take(atMs: number): { readonly sample: HistorySample; readonly written: () => void } {
    const status = this.#source.status();
    const kills = new Map(status.guests.map(({ name, oomKills = 0 }) => [name, oomKills]));
    const lastMoves = new Map<string, PastMove>();
    const moves: RecordedMove[] = [];
    for (const { name } of status.guests) {
      const known = this.#source.moves(name);
      const last = this.#lastMoves.get(name);
      const at = last === undefined ? -1 : known.indexOf(last);
      const fresh = at < 0 ? known : known.slice(0, at);
      moves.push(...fresh.map((move) => ({ name, ...move })));
      if (known[0] !== undefined) lastMoves.set(name, known[0]);
    }
    return {
      sample: {
        atMs,
        host: status.host,
        guests: status.guests.map((guest) => this.#point(guest, status.mode)),
        moves: moves.sort((a, b) => a.atMs - b.atMs),
        hotCaches: this.#source.hotCaches(),
      },
      written: () => {
        this.#kills = kills;
        this.#lastMoves = lastMoves;
      },
    };
  }

  #point(guest: GuestStatus, configured: Status["mode"]): GuestPoint {
    const { name, reason, agent, mode = configured } = guest;
    const sizes = {
      ...(guest.actualBytes !== undefined && { actualBytes: guest.actualBytes }),
      ...(guest.targetBytes !== undefined && { targetBytes: guest.targetBytes }),
      ...(guest.usedBytes !== undefined && { usedBytes: guest.usedBytes }),
      ...(guest.floorBytes !== undefined && { floorBytes: guest.floorBytes }),
      ...(guest.wantBytes !== undefined && { wantBytes: guest.wantBytes }),
      ...(guest.maxBytes !== undefined && { maxBytes: guest.maxBytes }),
      ...(guest.freeBytes !== undefined && { freeBytes: guest.freeBytes }),
    };
    return {
      name,
      ...sizes,
      reason,
      ...(guest.pressure !== undefined && { pressure: guest.pressure }),
      hasAgent: agent.connected,
      isObserved: mode === "observe",
      oomKills: this.#newKills(guest),
    };
  }

  /** The count begins again when the guest boots. Kills before the first sample belong to no step. */
  #newKills({ name, oomKills = 0 }: GuestStatus): number {
    const before = this.#kills.get(name);
    if (before === undefined) return 0;
    return oomKills >= before ? oomKills - before : oomKills;
  }
}
