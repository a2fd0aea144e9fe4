/** Whatever the stream is cut into and whatever noise stands between: intact frames are found, nothing throws. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeFrame,
  FrameReader,
  PRESSURES,
  REPORT_NUMBERS,
} from "../../../proto/src/index.ts";

const payload = fc.uint8Array({ maxLength: 300 });
const chunkSizes = fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1, maxLength: 40 });

/** Feeds `stream` in pieces of the given sizes, over and over. */
function readInPieces(stream: Uint8Array, sizes: readonly number[]) {
  const reader = new FrameReader();
  const found: string[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    for (const event of reader.push(stream.subarray(at, at + size)))
      if (event.type === "frame") found.push(Buffer.from(event.payload).toString("hex"));
    at += size;
  }
  return { found, discardedBytes: reader.discardedBytes };
}

test("frames are found wherever the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 8 }), chunkSizes, (payloads, sizes) => {
      const { found, discardedBytes } = readInPieces(Buffer.concat(payloads.map(encodeFrame)), sizes);
      expect(found).toEqual(payloads.map((bytes) => Buffer.from(bytes).toString("hex")));
      expect(discardedBytes).toBe(0);
    }),
  );
});

/** Noise that no frame starts in: without the first byte of the magic. */
const harmlessNoise = fc
  .uint8Array({ maxLength: 200 })
  .map((bytes) => bytes.map((byte) => (byte === 0xf7 ? 0 : byte)));

test("frames are found between noise, and the noise is counted to the byte", () => {
  const piece = fc.record({ noise: harmlessNoise, payload });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), chunkSizes, (pieces, sizes) => {
      const stream = Buffer.concat(
        pieces.flatMap(({ noise, payload: bytes }) => [noise, encodeFrame(bytes)]),
      );
      const { found, discardedBytes } = readInPieces(stream, sizes);
      expect(found).toEqual(pieces.map((each) => Buffer.from(each.payload).toString("hex")));
      expect(discardedBytes).toBe(pieces.reduce((sum, each) => sum + each.noise.length, 0));
    }),
  );
});

/** Noise that looks like the beginning of frames: heads of real ones, cut, and magic bytes. */
const evilNoise = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.constant(Uint8Array.of(0xf7)),
  fc.constant(Uint8Array.of(0xf7, 0x4d, 1, 0)),
  fc
    .tuple(payload, fc.nat(200))
    .map(([bytes, cut]) => encodeFrame(bytes).subarray(0, Math.max(1, bytes.length - cut))),
);

test("after any noise every intact frame is found as soon as enough has followed", () => {
  // A forged header may hold the reader back by one whole payload, never longer.
  const tail = encodeFrame(new Uint8Array(65_536));
  fc.assert(
    fc.property(
      fc.array(evilNoise, { maxLength: 6 }),
      fc.array(payload, { maxLength: 5 }),
      chunkSizes,
      (noise, payloads, sizes) => {
        const stream = Buffer.concat([...noise, ...payloads.map(encodeFrame), tail, tail]);
        const found = readInPieces(
          stream,
          sizes.map((size) => size * 50),
        ).found;
        const expected = payloads.map((bytes) => Buffer.from(bytes).toString("hex"));
        for (const each of new Set(expected)) expect(found).toContain(each);
      },
    ),
    { numRuns: 50 },
  );
});

test("the decoder never throws, whatever it is given", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(typeof decodeEnvelope(bytes).ok).toBe("boolean");
    }),
    { numRuns: 2000 },
  );
});

const reports = fc.record(
  {
    ...Object.fromEntries(REPORT_NUMBERS.map((name) => [name, fc.nat(2 ** 31)])),
    pressure: fc.constantFrom(...PRESSURES),
  },
  { requiredKeys: [] },
);

test("a real envelope with flipped bits decodes or is refused, and never throws", () => {
  fc.assert(
    fc.property(reports, fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 6 }), (report, flips) => {
      const bytes = encodeEnvelope({ sequence: 1, message: { type: "report", ...report } });
      for (const [at, mask] of flips) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ mask;
      expect(typeof decodeEnvelope(bytes).ok).toBe("boolean");
    }),
    { numRuns: 500 },
  );
});

test("a report comes out as it went in", () => {
  fc.assert(
    fc.property(reports, fc.integer({ min: 1, max: 2 ** 32 - 1 }), (report, sequence) => {
      const envelope = {
        session: "00ff00ff00ff00ff",
        sequence,
        message: { type: "report" as const, ...report },
      };
      expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual({ ok: true, envelope });
    }),
  );
});
