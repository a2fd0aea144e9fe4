/** What the thread that searches is told, and what it says. */
import { MOST_INPUT_BYTES } from "./mutate.ts";

/** What the thread is started with. */
export interface WorkerOrder {
  readonly target: string;
  /** Address of the file that exports the target. */
  readonly module: string;
  readonly seed: number;
  readonly durationMs: number;
  /** Two words of 32 bits, the count of inputs tried and the length of the present one, then the input itself. */
  readonly present: SharedArrayBuffer;
}

/** What the thread says. */
export type WorkerMessage =
  | { readonly kind: "found"; readonly input: Uint8Array }
  | { readonly kind: "fault"; readonly input: Uint8Array; readonly problem: string }
  | {
      readonly kind: "end";
      readonly tried: number;
      readonly places: number;
      readonly pool: number;
    };

/** Bytes before the present input. */
export const PRESENT_HEAD_BYTES = 8;
/** Seeds may be longer than what the search makes of them. */
export const PRESENT_BYTES = PRESENT_HEAD_BYTES + 16 * MOST_INPUT_BYTES;
