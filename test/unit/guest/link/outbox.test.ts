/** What waits to be written to a channel. */
import { expect, it } from "vitest";
import { Outbox } from "../../../../guest/src/link/outbox.ts";

/** A channel that takes `room` bytes and then nothing until it gets more. */
function channel(room: number) {
  const taken: number[] = [];
  return {
    room,
    taken,
    write(bytes: Uint8Array, offset: number): number {
      const count = Math.min(this.room, bytes.length - offset);
      taken.push(...bytes.subarray(offset, offset + count));
      this.room -= count;
      return count;
    },
  };
}

const frame = (...bytes: number[]) => Uint8Array.from(bytes);

it("writes control frames before demands and demands before reports", () => {
  const [outbox, out] = [new Outbox(), channel(100)];
  outbox.put("report", frame(3));
  outbox.put("demand", frame(2));
  outbox.put("control", frame(1));
  outbox.flush((bytes, offset) => out.write(bytes, offset));
  expect(out.taken).toEqual([1, 2, 3]);
  expect(outbox.isEmpty).toBe(true);
});

it("keeps only the newest report", () => {
  const [outbox, out] = [new Outbox(), channel(100)];
  outbox.put("report", frame(1));
  outbox.put("report", frame(2));
  outbox.flush((bytes, offset) => out.write(bytes, offset));
  expect(out.taken).toEqual([2]);
});

it("finishes the frame it began before anything else, so that none is cut", () => {
  const [outbox, out] = [new Outbox(), channel(2)];
  const write = (bytes: Uint8Array, offset: number) => out.write(bytes, offset);
  outbox.put("report", frame(1, 2, 3, 4));
  outbox.flush(write);
  outbox.put("report", frame(7));
  outbox.put("demand", frame(5, 6));
  out.room = 100;
  outbox.flush(write);
  expect(out.taken).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it("forgets everything when the other end is another one", () => {
  const [outbox, out] = [new Outbox(), channel(1)];
  outbox.put("demand", frame(1, 2));
  outbox.put("report", frame(3));
  outbox.flush((bytes, offset) => out.write(bytes, offset));
  outbox.clear();
  expect(outbox.isEmpty).toBe(true);
});
