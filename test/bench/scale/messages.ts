/** What the benchmark and its processes of guests tell each other. Guests are named by number. */

/** A guest's number and bytes. */
export type Sizes = readonly (readonly [guest: number, bytes: number])[];

/** The guests of one process. */
export interface Crew {
  readonly folder: string;
  readonly first: number;
  readonly count: number;
  readonly fullBytes: number;
  /** What the balloon leaves a guest at first. */
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly reportEveryMs: number;
}

export type Order =
  | ({ readonly kind: "start" } & Crew)
  /** For agents: balloons have moved. */
  | { readonly kind: "sizes"; readonly sizes: Sizes }
  /** Guests use more or less from now on. */
  | { readonly kind: "use"; readonly uses: Sizes }
  /** For agents: these demand more, at once. */
  | { readonly kind: "demand"; readonly guests: readonly number[]; readonly needBytes: number }
  /** These end their connections; the broker connects anew. */
  | { readonly kind: "hang-up"; readonly guests: readonly number[] };

export type News =
  /** All sockets can be connected to. */
  | { readonly kind: "ready" }
  /** Of QEMUs: balloons have moved. */
  | { readonly kind: "sizes"; readonly sizes: Sizes }
  /** Of agents: all demands of one order are answered, or were waited for too long. `sendingMs`: how long the agents' process itself was busy with sending them. */
  | {
      readonly kind: "answered";
      readonly tookMs: readonly number[];
      readonly unanswered: number;
      readonly sendingMs: number;
    };

/** The monitor's socket of a guest. */
export function monitorPath(folder: string, guest: number): string {
  return `${folder}/${guest}.qmp`;
}

/** The agent's socket of a guest. */
export function agentPath(folder: string, guest: number): string {
  return `${folder}/${guest}.agent`;
}
