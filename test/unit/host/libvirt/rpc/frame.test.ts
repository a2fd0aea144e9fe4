import { describe, expect, it } from "vitest";
import { LibvirtProtocolError } from "../../../../../host/src/libvirt/rpc/errors.ts";
import {
  encodeFrame,
  type Frame,
  FrameReader,
  MOST_BYTES,
} from "../../../../../host/src/libvirt/rpc/frame.ts";

const HEADER = { program: 0x20008086, version: 1, procedure: 204, type: 1, serial: 7, status: 0 };

function frameOf(payload: string, header = HEADER): Uint8Array {
  return encodeFrame(header, Buffer.from(payload));
}

function read(reader: FrameReader, bytes: Uint8Array, chunkBytes: number): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    frames.push(...reader.push(bytes.subarray(at, at + chunkBytes)));
  return frames;
}

function texts(frames: readonly Frame[]): (string | undefined)[] {
  return frames.map(({ payload }) => payload && Buffer.from(payload).toString());
}

describe("libvirt's frames", () => {
  it("are a length, six words and the payload, all in network order", () => {
    const hex = Buffer.from(frameOf("\x01\x02\x03\x04")).toString("hex");
    expect(hex).toBe(
      "00000020" + "20008086" + "00000001" + "000000cc" + "00000001" + "00000007" + "00000000" + "01020304",
    );
  });

  it.each([1, 3, 27, 28, 29, 64, 4096])(
    "are found in a stream that comes in pieces of %i bytes",
    (chunkBytes) => {
      const stream = Buffer.concat([frameOf("one"), frameOf(""), frameOf("a longer third one")]);
      const reader = new FrameReader();
      const frames = read(reader, stream, chunkBytes);
      expect(texts(frames)).toEqual(["one", "", "a longer third one"]);
      expect(frames[0]?.header).toEqual(HEADER);
      expect(reader.isPartial).toBe(false);
    },
  );

  it("tell that one has begun and not ended", () => {
    const reader = new FrameReader();
    read(reader, frameOf("one").subarray(0, 20), 20);
    expect(reader.isPartial).toBe(true);
  });

  it.each([1000, 65_536])(
    "lose the payload where it is too long to be kept, and nothing after it (pieces of %i)",
    (chunkBytes) => {
      const stream = Buffer.concat([frameOf("x".repeat(MOST_BYTES)), frameOf("next")]);
      const frames = read(new FrameReader(), stream, chunkBytes);
      expect(texts(frames)).toEqual([undefined, "next"]);
      expect(frames[0]?.header.serial).toBe(7);
    },
  );

  it.each([0, 4, 27, 0x02000005, 0xffffffff])("end the stream where the length is %i", (lengthBytes) => {
    const bytes = frameOf("text");
    new DataView(bytes.buffer).setUint32(0, lengthBytes);
    expect(() => read(new FrameReader(), bytes, 4096)).toThrow(LibvirtProtocolError);
  });
});
