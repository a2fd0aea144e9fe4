/** Changes inputs: a few random edits of bytes, blocks and words, and crossings of two inputs. Pure but for its `Random`. */
import type { Random } from "./random.ts";

/** Inputs beyond this length seldom reach what a shorter one does not, and cost more. */
export const MOST_INPUT_BYTES = 4096;
const MOST_EDITS = 6;
const MOST_REPEATS = 64;
/** Borders of the integers that formats are made of. */
const BORDERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

type Edit = (input: Buffer, random: Random, other: Buffer, words: readonly Buffer[]) => Buffer;

const splice = (input: Buffer, at: number, removed: number, added: Uint8Array) =>
  Buffer.concat([input.subarray(0, at), added, input.subarray(at + removed)]);

const place = (input: Buffer, random: Random) => random.below(input.length + 1);

function block(input: Buffer, random: Random): Buffer {
  const start = place(input, random);
  return input.subarray(start, start + random.below(input.length - start + 1));
}

const EDITS: readonly Edit[] = [
  // One bit.
  (input, random) => {
    const at = place(input, random);
    return splice(input, at, 1, Buffer.of((input[at] ?? 0) ^ (1 << random.below(8))));
  },
  // One byte, replaced or added.
  (input, random) => splice(input, place(input, random), random.below(2), Buffer.of(random.below(256))),
  // A block away.
  (input, random) => {
    const start = place(input, random);
    return splice(input, start, random.below(Math.min(32, input.length - start) + 1), Buffer.alloc(0));
  },
  // A block of its own once more.
  (input, random) => splice(input, place(input, random), 0, block(input, random)),
  // A block many times: depth and length.
  (input, random) => {
    const repeated = block(input, random).subarray(0, 16);
    const all = Array.from({ length: 1 + random.below(MOST_REPEATS) }, () => repeated);
    return splice(input, place(input, random), 0, Buffer.concat(all));
  },
  // An integer at a border, in both orders of bytes.
  (input, random) => {
    const bytes = Buffer.alloc(4);
    const value = random.pick(BORDERS);
    if (random.below(2) === 0) bytes.writeUInt32BE(value);
    else bytes.writeUInt32LE(value);
    return splice(input, place(input, random), random.below(5), bytes);
  },
  // A decimal number at a border.
  (input, random) =>
    splice(input, place(input, random), random.below(4), Buffer.from(String(random.pick(BORDERS)))),
  // A word of the format.
  (input, random, _, words) =>
    words.length === 0 ? input : splice(input, place(input, random), random.below(3), random.pick(words)),
  // Another input's end, or a block of it.
  (input, random, other) =>
    Buffer.concat([input.subarray(0, place(input, random)), other.subarray(place(other, random))]),
  (input, random, other) => splice(input, place(input, random), 0, block(other, random)),
];

/** A changed copy of `input`, at most {@link MOST_INPUT_BYTES} long. */
export function mutate(
  input: Uint8Array,
  other: Uint8Array,
  words: readonly Buffer[],
  random: Random,
): Uint8Array {
  let changed: Buffer = Buffer.from(input);
  const second = Buffer.from(other);
  for (let edits = 1 + random.below(MOST_EDITS); edits > 0; edits--)
    changed = random.pick(EDITS)(changed, random, second, words).subarray(0, MOST_INPUT_BYTES);
  return changed;
}
