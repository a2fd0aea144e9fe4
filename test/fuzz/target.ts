/** What is fuzzed: one reader of foreign input, with what must hold for whatever it is given. */
export interface FuzzTarget {
  /** Whole inputs to begin with, of the kind that the reader is for. */
  readonly seeds: readonly Uint8Array[];
  /** Words of the format, which random changes seldom hit upon. */
  readonly words: readonly string[];
  /** Reads one input. Throws where a promise is broken: an error of a type that is not promised, or a result that makes no sense. */
  run(untrustedBytes: Uint8Array): void | Promise<void>;
}

/** A promise that an input broke. */
export class BrokenPromiseError extends Error {
  override readonly name = "BrokenPromiseError";
}

/** Throws unless `holds`. */
export function promise(holds: boolean, what: string): void {
  if (!holds) throw new BrokenPromiseError(what);
}

/** Runs `read`; errors of the promised type are its right answer to bad input. */
export function allowing(errorType: new (...args: never[]) => Error, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof errorType)) throw error;
  }
}

/** Every number within `value` is finite and not negative, however deep it lies. */
export function promiseSizes(value: unknown, path = "result"): void {
  if (typeof value === "number") promise(Number.isFinite(value) && value >= 0, `${path} is ${value}`);
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) promiseSizes(part, `${path}.${key}`);
}

/** `bytes` in two or three pieces, cut where their own content says: the same input always falls apart in the same way. */
export function pieces(bytes: Uint8Array): Uint8Array[] {
  const sum = bytes.reduce((total, byte) => (total * 31 + byte) % 65_521, bytes.length);
  const first = bytes.length === 0 ? 0 : sum % bytes.length;
  const second = first + ((sum >> 4) % (bytes.length - first + 1));
  return [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
}

export function textOf(untrustedBytes: Uint8Array): string {
  return Buffer.from(untrustedBytes).toString("utf8");
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
