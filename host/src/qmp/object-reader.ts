/**
 * Cuts the bytes of a QMP connection into JSON objects. QMP is a stream of objects, not of lines: a monitor with `pretty=on` spreads one
 * over many. So they are told by nesting. Pure, bounded, and exact about the place of a fault.
 */
import { foreignText } from "../model/foreign-text.ts";
import { QmpProtocolError, type StreamPlace } from "./errors.ts";
import { isJsonObject, type JsonObject } from "./json.ts";

/** Longest object accepted. The longest answer that is asked for, a list of devices, has some ten kilobytes. */
export const MOST_OBJECT_BYTES = 1024 * 1024;
/** QMP's own values nest a handful deep; JSON parsers recurse. */
const MOST_DEPTH = 64;
const FIRST_BUFFER_BYTES = 4096;
const EXCERPT_CHARACTERS = 60;

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const END_BRACE = 0x7d;
const END_BRACKET = 0x5d;

/** After an error was thrown the reader must not be used again. */
export class ObjectReader {
  readonly #mostBytes: number;
  /** The object that is not whole yet. Grows by doubling: a peer that sends single bytes costs no more memory than one that does not. */
  #buffer = Buffer.alloc(FIRST_BUFFER_BYTES);
  #length = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #message = 1;
  /** Bytes received before the present object. */
  #byteOffset = 0;

  constructor(mostBytes: number = MOST_OBJECT_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Whether an object has begun and not ended. */
  get isPartial(): boolean {
    return this.#depth > 0;
  }

  /** A fault of the object that has begun: what is wrong with it, with its place. */
  fault(problem: string, cause?: unknown): QmpProtocolError {
    const place: StreamPlace = { message: this.#message, byteOffset: this.#byteOffset };
    return new QmpProtocolError(problem, place, cause);
  }

  /**
   * Yields the objects that `chunk` completes, in order; a part of one waits for the next chunk. White space between them is skipped.
   * Must be run to its end before the next chunk.
   * @throws {QmpProtocolError} for an object that is too long or too deep, and for anything that is none.
   */
  *push(chunk: Uint8Array): Generator<JsonObject, void, void> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#depth === 0) {
        start = at;
        if (byte <= 0x20) this.#byteOffset += 1;
        else if (byte === BRACE) this.#depth = 1;
        else throw this.fault(`text that is no JSON object: ${excerpt(chunk.subarray(at))}`);
        continue;
      }
      this.#step(byte);
      if (this.#depth > 0) continue;
      this.#take(chunk.subarray(start, at + 1));
      yield this.#finish();
    }
    if (this.#depth > 0) this.#take(chunk.subarray(start));
  }

  #step(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (this.#inString) {
      if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (byte === QUOTE) this.#inString = true;
    else if (byte === BRACE || byte === BRACKET) this.#depth += 1;
    else if (byte === END_BRACE || byte === END_BRACKET) this.#depth -= 1;
    if (this.#depth > MOST_DEPTH) throw this.fault(`JSON that nests deeper than ${MOST_DEPTH}`);
  }

  #take(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#mostBytes) throw this.fault(`more than ${this.#mostBytes} bytes`);
    if (length > this.#buffer.length) {
      const larger = Buffer.alloc(Math.min(this.#mostBytes, Math.max(length, this.#buffer.length * 2)));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.#length);
    this.#length = length;
  }

  #finish(): JsonObject {
    const bytes = this.#buffer.subarray(0, this.#length);
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString("utf8"));
    } catch (cause) {
      throw this.fault(`broken JSON ${excerpt(bytes)}`, cause);
    }
    if (!isJsonObject(value)) throw this.fault(`JSON ${excerpt(bytes)} that is no object`);
    this.#byteOffset += this.#length;
    this.#message += 1;
    this.#length = 0;
    // One large answer is no reason to keep a large buffer.
    if (this.#buffer.length > 16 * FIRST_BUFFER_BYTES) this.#buffer = Buffer.alloc(FIRST_BUFFER_BYTES);
    return value;
  }
}

function excerpt(untrustedBytes: Uint8Array): string {
  const text = Buffer.from(untrustedBytes.subarray(0, EXCERPT_CHARACTERS * 4)).toString("utf8");
  return `"${foreignText(text, EXCERPT_CHARACTERS)}"`;
}
