/** What makes the Windows package equal for equal contents. */
import { describe, expect, it } from "vitest";
import { withFixedSummary } from "../../../../packaging/msi/summary.ts";

const FORMAT_ID = Buffer.from("e0859ff2f94f6810ab9108002b27b3d9", "hex");
/** 2026-11-29 12:00:00 UTC, and as Windows counts. */
const SECONDS = 1_795_953_600;
const TICKS = 134_404_272_000_000_000n;

/** A file whose summary has a code, two times, and `content` after it. */
function packaged({ code, ticks, content }: { code: string; ticks: bigint; content: string }): Buffer {
  const values: [number, Buffer][] = [
    [9, Buffer.concat([uint32(30), uint32(39), Buffer.from(`{${code}}\0\0`)])],
    [12, Buffer.concat([uint32(64), uint64(ticks)])],
    [13, Buffer.concat([uint32(64), uint64(ticks + 7n)])],
  ];
  let offset = 8 + values.length * 8;
  const index: Buffer[] = [];
  for (const [id, value] of values) {
    index.push(uint32(id), uint32(offset));
    offset += value.length;
  }
  const section = [uint32(offset), uint32(values.length), ...index, ...values.map(([, value]) => value)];
  return Buffer.concat([
    Buffer.alloc(100),
    Buffer.alloc(28),
    FORMAT_ID,
    uint32(48),
    ...section,
    Buffer.from(content),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

const FIRST = { code: "5FFEDAC4-A036-4D09-9020-BD2D9C836609", ticks: 1n, content: "same" };
const SECOND = { code: "CA8083AA-2FCD-40DB-85D2-564B27E9E51A", ticks: 99n, content: "same" };
const fixed = (parts: typeof FIRST) => Buffer.from(withFixedSummary(packaged(parts), SECONDS));

describe("the summary of a Windows package", () => {
  it("is equal for equal contents, whatever code and time the tool gave it", () => {
    expect(fixed(FIRST).equals(fixed(SECOND))).toBe(true);
    expect(fixed(FIRST).includes(uint64(TICKS))).toBe(true);
  });

  it("has another code for other contents", () => {
    const codeOf = (bytes: Buffer) =>
      /\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}/.exec(bytes.toString("latin1"))?.[0];
    expect(codeOf(fixed(FIRST))).toBeDefined();
    expect(codeOf(fixed({ ...FIRST, content: "other" }))).not.toBe(codeOf(fixed(FIRST)));
  });

  it("is refused where it has no code", () => {
    expect(() => withFixedSummary(Buffer.alloc(200), SECONDS)).toThrow(/without a summary/);
    const broken = packaged(FIRST);
    broken.writeUInt32LE(8, broken.indexOf(FORMAT_ID) + 28);
    expect(() => withFixedSummary(broken, SECONDS)).toThrow(/no property 9/);
  });
});
