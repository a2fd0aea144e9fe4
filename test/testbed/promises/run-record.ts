/** What is written down of a run, so that the promises can be held against it afterwards. Times are of one monotonic clock. */

/** A part that can be lost. `guest`: the guest itself does not run (paused, migrating, off). */
export type Part = "broker" | "agent" | "monitor" | "guest";

/** One thing that happened. Sizes are in bytes. */
export type RunEvent =
  /** A guest is there, with its limits; it is as large as its maximum until a `size` says otherwise. */
  | { readonly kind: "guest"; readonly guest: string; readonly minBytes: number; readonly maxBytes: number }
  /** What all guests together may have. */
  | { readonly kind: "budget"; readonly bytes: number }
  /** What the balloon leaves the guest. */
  | { readonly kind: "size"; readonly guest: string; readonly bytes: number }
  /** QEMU executed a balloon command. */
  | { readonly kind: "target"; readonly guest: string; readonly bytes: number }
  /** What the guest's kernel and programs really have in use. */
  | { readonly kind: "use"; readonly guest: string; readonly bytes: number }
  /** The guest told the truth about itself. */
  | { readonly kind: "news"; readonly guest: string }
  /** The guest's QEMU has ended: it has nothing, and nothing is promised to it. */
  | { readonly kind: "off"; readonly guest: string }
  /** The guest boots: what was told before is void. */
  | { readonly kind: "boot"; readonly guest: string }
  /** The guest's OOM killer killed a process, which lacked this much. */
  | { readonly kind: "kill"; readonly guest: string; readonly lackedBytes: number }
  /** What all guests' processes hold of the host's memory. */
  | { readonly kind: "held"; readonly bytes: number }
  /** A part is lost, or back. The broker's is no guest's. */
  | { readonly kind: "lost"; readonly part: Part; readonly guest?: string }
  | { readonly kind: "back"; readonly part: Part; readonly guest?: string };

export type RunRecord = RunEvent & { readonly atMs: number };

/** Writes down a run. */
export class RunRecorder {
  readonly records: RunRecord[] = [];
  readonly #nowMs: () => number;
  readonly #looks: (() => void)[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** `look` notes sizes that changed. It is called before each target, which is judged by sizes as they are then. */
  watch(look: () => void): void {
    this.#looks.push(look);
  }

  note(event: RunEvent): void {
    if (event.kind === "target") for (const look of this.#looks) look();
    this.records.push({ ...event, atMs: this.#nowMs() });
  }
}
