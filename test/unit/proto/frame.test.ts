import { expect, test } from "vitest";
import { tableCrc32 } from "../../../proto/src/crc32.ts";
import {
  encodeFrame,
  type FrameEvent,
  FrameReader,
  MAX_FRAME_BYTES,
  MAX_NOISE_BYTES,
  MAX_PAYLOAD_BYTES,
} from "../../../proto/src/index.ts";

const payload = Buffer.from("memory");
const frame = Buffer.from(encodeFrame(payload));
const types = (events: FrameEvent[]) => events.map((event) => event.type);
const payloads = (events: FrameEvent[]) =>
  events.flatMap((event) => (event.type === "frame" ? [Buffer.from(event.payload).toString()] : []));

test("the header is magic, version, flags, big-endian length and CRC-32", () => {
  expect(frame.subarray(0, 8).toString("hex")).toBe("f74d010000000006");
  expect(frame.readUInt32BE(8)).toBe(tableCrc32(Buffer.concat([frame.subarray(0, 8), payload])));
});

test("the table gives the check value of CRC-32", () => {
  expect(tableCrc32(Buffer.from("123456789"))).toBe(0xcbf43926);
});

test("a payload above 64 KiB is refused, one of exactly 64 KiB goes through", () => {
  expect(() => encodeFrame(new Uint8Array(MAX_PAYLOAD_BYTES + 1))).toThrow(RangeError);
  expect(types(new FrameReader().push(encodeFrame(new Uint8Array(MAX_PAYLOAD_BYTES))))).toEqual(["frame"]);
});

test.each([
  ["magic", 1, 0x4e],
  ["version", 2, 2],
  ["flags", 3, 1],
  ["length", 4, 1],
  ["length one too long", 7, 7],
  ["checksum", 8, frame.readUInt8(8) ^ 1],
  ["payload", 13, 0],
])("a frame with a wrong %s is dropped and the next one found", (_, offset, value) => {
  const damaged = Buffer.from(frame);
  damaged[offset] = value;
  const reader = new FrameReader();
  const events = reader.push(Buffer.concat([damaged, frame]));
  expect(payloads(events)).toEqual(["memory"]);
  expect(reader.discardedBytes).toBe(frame.length);
});

test("a frame inside a frame that was cut short is found", () => {
  const cut = encodeFrame(Buffer.alloc(frame.length + 40, "x")).subarray(0, 52);
  const reader = new FrameReader();
  expect(payloads(reader.push(Buffer.concat([cut, frame, frame])))).toEqual(["memory", "memory"]);
});

test("discarded bytes are reported in the order of the stream", () => {
  const events = new FrameReader().push(Buffer.concat([Buffer.from("boot\n"), frame, Buffer.from("{}")]));
  expect(events).toEqual([
    { type: "discarded", bytes: 5 },
    { type: "frame", payload: new Uint8Array(payload) },
    { type: "discarded", bytes: 2 },
  ]);
});

test("a frame that comes in single bytes is found once it is whole", () => {
  const reader = new FrameReader();
  const large = encodeFrame(Buffer.alloc(MAX_PAYLOAD_BYTES, 7));
  let found = 0;
  for (let index = 0; index < large.length; index++)
    found += reader.push(large.subarray(index, index + 1)).length;
  expect(found).toBe(1);
});

test("a payload stays intact when the reader goes on", () => {
  const reader = new FrameReader();
  const [first] = reader.push(frame);
  reader.push(encodeFrame(Buffer.from("MEMORY")));
  expect(first).toEqual({ type: "frame", payload: new Uint8Array(payload) });
});

test("noise without end is reported once, then ignored", () => {
  const reader = new FrameReader();
  expect(types(reader.push(Buffer.alloc(MAX_NOISE_BYTES)))).not.toContain("flood");
  expect(types(reader.push(Buffer.alloc(1)))).toEqual(["discarded", "flood"]);
  expect(reader.push(frame)).toEqual([]);
});

test("a good frame ends the counting of noise", () => {
  const reader = new FrameReader();
  for (let round = 0; round < 4; round++) {
    const events = reader.push(Buffer.concat([Buffer.alloc(MAX_NOISE_BYTES), frame]));
    expect(payloads(events)).toEqual(["memory"]);
  }
});

test("forged headers that make the reader checksum for nothing count as a flood", () => {
  const forged = Buffer.from(frame.subarray(0, 8));
  forged.writeUInt32BE(MAX_PAYLOAD_BYTES, 4);
  const reader = new FrameReader();
  const events = reader.push(Buffer.alloc(3 * MAX_FRAME_BYTES, forged));
  expect(types(events)).toContain("flood");
});
