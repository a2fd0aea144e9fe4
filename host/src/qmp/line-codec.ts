/** Bytes to and from QMP's JSON lines; pure, bounded, and exact about the place of a fault. */
import { QmpProtocolError, type StreamPlace } from "./errors.ts";

/** Longest line accepted, as in libvirt and QEMU's own Python client. */
export const MAX_LINE_BYTES = 10 * 1024 * 1024;
const NEWLINE = 0x0a;
const EXCERPT_CHARACTERS = 60;

export type JsonObject = { readonly [key: string]: unknown };

/** One command as a line (docs/interop/qmp-spec, "Issuing Commands"). */
export function encodeCommand(id: number, command: string, args?: object): string {
  return `${JSON.stringify({ execute: command, arguments: args, id })}\n`;
}

/**
 * A size or counter as QEMU reports it, or `undefined` where QEMU reports none. Unset statistics are 2^64-1 on
 * the wire, which `JSON.parse` rounds to 18446744073709552000: whatever is not a safe integer is not reported.
 */
export function reported(untrustedNumber: unknown): number | undefined {
  return Number.isSafeInteger(untrustedNumber) && Number(untrustedNumber) >= 0
    ? Number(untrustedNumber)
    : undefined;
}

/** Whether `value` is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Cuts a byte stream into JSON objects. After an error was thrown the reader must not be used again. */
export class LineReader {
  readonly #maxLineBytes: number;
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #line = 1;
  #byteOffset = 0;

  constructor(maxLineBytes: number = MAX_LINE_BYTES) {
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * Yields the objects that `chunk` completes, in order; a partial line waits for the next chunk. Blank lines are skipped.
   * @throws {QmpProtocolError} for a line that is too long, not JSON, or not an object.
   */
  *push(chunk: Uint8Array): Generator<JsonObject, void, void> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      this.#take(chunk.subarray(start, end === -1 ? chunk.length : end));
      if (end === -1) return;
      start = end + 1;
      const object = this.#finishLine();
      if (object !== undefined) yield object;
    }
  }

  #take(part: Uint8Array): void {
    this.#partsBytes += part.length;
    if (this.#partsBytes > this.#maxLineBytes) {
      throw new QmpProtocolError(`more than ${this.#maxLineBytes} bytes`, this.#place());
    }
    if (part.length > 0) this.#parts.push(part);
  }

  #finishLine(): JsonObject | undefined {
    const text = Buffer.concat(this.#parts, this.#partsBytes).toString("utf8").trim();
    const object = text === "" ? undefined : parseLine(text, this.#place());
    this.#byteOffset += this.#partsBytes + 1;
    this.#line += 1;
    this.#parts = [];
    this.#partsBytes = 0;
    return object;
  }

  #place(): StreamPlace {
    return { line: this.#line, byteOffset: this.#byteOffset };
  }
}

function parseLine(text: string, place: StreamPlace): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new QmpProtocolError(`broken JSON ${excerpt(text)}`, place, cause);
  }
  if (!isJsonObject(value)) throw new QmpProtocolError(`JSON ${excerpt(text)} that is no object`, place);
  return value;
}

/** The start of `text`, quoted so that control characters cannot reach a terminal. */
function excerpt(text: string): string {
  const start = text.slice(0, EXCERPT_CHARACTERS);
  return JSON.stringify(start.length < text.length ? `${start}…` : start);
}
