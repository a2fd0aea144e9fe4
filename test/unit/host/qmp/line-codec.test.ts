import { describe, expect, it } from "vitest";
import { QmpProtocolError } from "../../../../host/src/qmp/errors.ts";
import { encodeCommand, LineReader, reported } from "../../../../host/src/qmp/line-codec.ts";

const read = (reader: LineReader, ...chunks: string[]) =>
  chunks.flatMap((chunk) => [...reader.push(Buffer.from(chunk))]);

function failure(run: () => unknown): QmpProtocolError {
  try {
    run();
  } catch (error) {
    if (error instanceof QmpProtocolError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("line codec", () => {
  it("yields one object for each line, wherever the chunks are cut", () => {
    const text = '{"return": {}, "id": 1}\r\n\r\n{"event": "RESET"}\r\n';
    const expected = [{ return: {}, id: 1 }, { event: "RESET" }];
    expect(read(new LineReader(), text)).toEqual(expected);
    expect(read(new LineReader(), ...text)).toEqual(expected);
  });

  it("keeps characters whole that a chunk cuts in two", () => {
    const bytes = Buffer.from('{"name": "Grüße"}\n');
    const reader = new LineReader();
    const objects = [...bytes].flatMap((byte) => [...reader.push(Uint8Array.of(byte))]);
    expect(objects).toEqual([{ name: "Grüße" }]);
  });

  it("tells line and byte where broken JSON begins", () => {
    const error = failure(() => read(new LineReader(), '{"a": 1}\n', '{"b": ,}\n'));
    expect(error).toMatchObject({ code: "QMP_PROTOCOL", place: { line: 2, byteOffset: 9 } });
    expect(error.message).toBe('broken JSON "{\\"b\\": ,}" in line 2 (from byte 9 on)');
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });

  it("lets no control character of the peer into the message", () => {
    expect(failure(() => read(new LineReader(), "\u001b[2J{\n")).message).not.toContain("\u001b");
  });

  it.each(["[]", "null", "17", '"text"'])("refuses %s, which is no object", (line) => {
    expect(failure(() => read(new LineReader(), `${line}\n`)).message).toContain("that is no object");
  });

  it("refuses a line above the limit before it has ended", () => {
    const reader = new LineReader(16);
    expect(read(reader, '{"a": 123456}\n')).toEqual([{ a: 123456 }]);
    expect(failure(() => read(reader, "x".repeat(10), "x".repeat(7))).place).toEqual({
      line: 2,
      byteOffset: 14,
    });
  });

  it("writes a command as one line, leaving out what is not there", () => {
    expect(encodeCommand(3, "balloon", { value: 5 })).toBe(
      '{"execute":"balloon","arguments":{"value":5},"id":3}\n',
    );
    expect(encodeCommand(4, "query-status")).toBe('{"execute":"query-status","id":4}\n');
  });

  it("takes 2^64-1, negative numbers, fractions and other types for not reported", () => {
    const [unset] = read(new LineReader(), '{"value": 18446744073709551615}\n');
    for (const value of [unset?.["value"], -1, 1.5, Number.NaN, "12", null, undefined])
      expect(reported(value)).toBeUndefined();
    expect(reported(0)).toBe(0);
    expect(reported(2 ** 53 - 1)).toBe(2 ** 53 - 1);
  });
});
