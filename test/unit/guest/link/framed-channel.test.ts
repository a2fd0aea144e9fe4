/** Frames on a byte stream, and how much of an endless one is read. */
import { encodeFrame, MAX_FRAME_BYTES } from "@ballast/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { FLOOD_MS, FramedChannel } from "../../../../guest/src/link/framed-channel.ts";
import {
  BURST_UNITS,
  BYTES_PER_UNIT,
  NOISE_BYTES_PER_UNIT,
  UNITS_PER_SECOND,
} from "../../../../guest/src/link/reading-budget.ts";
import { VirtioPort } from "../../../../guest/src/link/virtio-port.ts";
import { FakeCharDevice } from "../../../fakes/fake-char-device.ts";

const PIECE_BYTES = 4096;
const SECONDS = 60;

/** A port whose host repeats `unit` without end. */
class EndlessDevice extends FakeCharDevice {
  readBytes = 0;
  readonly #unit: Uint8Array;
  constructor(unit: Uint8Array) {
    super();
    this.#unit = unit;
  }
  override read(_fd: number, into: Uint8Array) {
    for (let i = 0; i < into.length; i++) into[i] = this.#unit[(this.readBytes + i) % this.#unit.length] ?? 0;
    this.readBytes += into.length;
    return { kind: "bytes", count: into.length } as const;
  }
}

let lines: string[];
let frames: number;
beforeEach(() => {
  lines = [];
  frames = 0;
});

/** Polls as often as an agent samples at its fastest. */
function pollForSeconds(device: FakeCharDevice, seconds: number): FramedChannel {
  const port = new VirtioPort(device, () => ({ found: true, path: "/dev/vport1p1" }));
  const channel = new FramedChannel(port, { write: (level, text) => lines.push(`${level} ${text}`) });
  for (let nowMs = 0; nowMs <= seconds * 1000; nowMs += 20) channel.poll(nowMs, () => frames++);
  return channel;
}

describe("a host that never stops", () => {
  it("gets a bounded number of small frames read", () => {
    const frame = encodeFrame(Uint8Array.of(1, 2, 3, 4));
    pollForSeconds(new EndlessDevice(frame), SECONDS);
    expect(frames).toBeGreaterThan((SECONDS * UNITS_PER_SECOND) / 2);
    expect(frames).toBeLessThan(BURST_UNITS + SECONDS * UNITS_PER_SECOND + PIECE_BYTES / frame.length);
  });

  it.each([
    ["large frames", encodeFrame(new Uint8Array(60_000)), BYTES_PER_UNIT],
    ["noise", new Uint8Array(1000).fill(0xf7), NOISE_BYTES_PER_UNIT],
  ])("gets a bounded number of bytes of %s read", (_, unit, bytesPerUnit) => {
    const device = new EndlessDevice(unit);
    pollForSeconds(device, SECONDS);
    const units = BURST_UNITS + SECONDS * UNITS_PER_SECOND;
    // A large frame is paid for when it is there whole.
    expect(device.readBytes).toBeLessThan(units * bytesPerUnit + MAX_FRAME_BYTES + PIECE_BYTES);
  });

  it("is logged once, not again and again", () => {
    pollForSeconds(new EndlessDevice(new Uint8Array(1000).fill(0xf7)), SECONDS);
    expect(lines.filter((line) => line.startsWith("warn"))).toEqual([
      expect.stringMatching(/sends more than the agent reads/),
    ]);
  });

  it("is not watched for while the reader rests: it would wake the agent over and over", () => {
    const channel = pollForSeconds(new EndlessDevice(encodeFrame(new Uint8Array())), 0);
    expect([channel.state, channel.descriptor]).toEqual(["up", undefined]);
  });
});

describe("a port whose host never stopped", () => {
  it("is closed and opened again after a while: what is left of the flood is thrown away", () => {
    const device = new EndlessDevice(encodeFrame(new Uint8Array()));
    const channel = pollForSeconds(device, (FLOOD_MS + 1000) / 1000);
    expect([device.opens, channel.generation]).toEqual([2, 2]);
  });

  it("is left open by a burst that ends", () => {
    const device = new FakeCharDevice();
    for (let i = 0; i < 2 * BURST_UNITS; i++) device.fromHost.push(encodeFrame(new Uint8Array()));
    pollForSeconds(device, SECONDS);
    expect([device.opens, frames]).toEqual([1, 2 * BURST_UNITS]);
  });
});

describe("a host that speaks as a broker does", () => {
  it("is read at once and watched for", () => {
    const device = new FakeCharDevice();
    for (let i = 0; i < 8; i++) device.fromHost.push(encodeFrame(Uint8Array.of(i)));
    const channel = pollForSeconds(device, 0);
    expect(frames).toBe(8);
    expect(channel.descriptor).toBeDefined();
    expect(lines).toEqual([]);
  });
});
