/** A process's memory played by a test: a program with one table of addresses, fresh pages, and a kernel that is asked to lock and discard. */
import { readFileSync } from "node:fs";
import { parseAuxv } from "../../guest/src/native/own-program.ts";
import type { ProcessMemory } from "../../guest/src/native/process-memory.ts";
import { headersOf } from "./own-program.ts";

const PAGE_BYTES = 4096;
const TABLE_WORDS = PAGE_BYTES / 8;
export const TABLE_AT = 0x600000;
export const FRESH_AT = 0x7000_0000;
export const MADVISE_AT = 0x7f12_3456_7890;

interface Region {
  readonly at: number;
  readonly bytes: Buffer;
}

export class FakeProcessMemory implements ProcessMemory {
  /** What `madvise` of the kernel says to advice 24, and whether it does it. */
  discards: { answer: number; done: boolean } = { answer: 0, done: true };
  readonly table: Region = { at: TABLE_AT, bytes: Buffer.alloc(PAGE_BYTES) };
  readonly fresh: Region = { at: FRESH_AT, bytes: Buffer.alloc(PAGE_BYTES) };
  /** What each page was made last. */
  readonly protections = new Map<number, number>([[TABLE_AT, 1]]);
  readonly #headers: Region;

  /** The process's own kernel says where headers are; the table has `madvise` as its words of these numbers. */
  constructor(words: readonly number[]) {
    const own = parseAuxv(readFileSync("/proc/self/auxv"));
    const at = own?.headers.startAddress ?? 0;
    const bytes = Buffer.alloc(own?.headers.lengthBytes ?? 0);
    headersOf([6, at, bytes.length], [0x6474e552, TABLE_AT, PAGE_BYTES]).copy(bytes);
    this.#headers = { at, bytes };
    for (let word = 0; word < TABLE_WORDS; word++) this.table.bytes.writeUInt32LE(0x700000 + word, word * 8);
    for (const word of words) this.table.bytes.writeBigUInt64LE(BigInt(MADVISE_AT), word * 8);
  }

  readonly mlock2 = () => 0;
  readonly mlockall = () => 0;
  readonly getrlimit = () => 0;
  readonly setrlimit = () => 0;
  readonly mallocTrim = () => {};
  readonly map = () => FRESH_AT;
  readonly addressOf = () => MADVISE_AT;

  readonly madvise = (address: number, lengthBytes: number): number => {
    if (this.discards.done) this.#at(address, lengthBytes).fill(0);
    return this.discards.answer;
  };

  readonly mprotect = (address: number, _lengthBytes: number, protection: number): number => {
    this.protections.set(address, protection);
    return 0;
  };

  readonly copyFrom = (address: number, into: Uint8Array): void => {
    into.set(this.#at(address, into.length));
  };

  readonly copyTo = (address: number, bytes: Uint8Array): void => {
    if (((this.protections.get(address - (address % PAGE_BYTES)) ?? 3) & 2) === 0)
      throw new Error("a process that writes there ends");
    this.#at(address, bytes.length).set(bytes);
  };

  #at(address: number, lengthBytes: number): Buffer {
    const region = [this.table, this.fresh, this.#headers].find(
      ({ at, bytes }) => address >= at && address + lengthBytes <= at + bytes.length,
    );
    if (!region) throw new Error("a process that touches this ends");
    return region.bytes.subarray(address - region.at, address - region.at + lengthBytes);
  }
}
