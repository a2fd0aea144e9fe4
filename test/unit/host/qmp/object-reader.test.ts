import { describe, expect, it } from "vitest";
import { QmpProtocolError } from "../../../../host/src/qmp/errors.ts";
import { encodeCommand, reported } from "../../../../host/src/qmp/json.ts";
import { MOST_OBJECT_BYTES, ObjectReader } from "../../../../host/src/qmp/object-reader.ts";

const read = (reader: ObjectReader, ...chunks: string[]) =>
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

describe("the objects of a QMP connection", () => {
  it("are told by nesting, wherever the bytes are cut and lines end", () => {
    const pretty = '{\r\n  "return": {\n    "a": [1, {"b": "}]\\""}]\n  },\n  "id": 1\n}\r\n';
    const text = `${pretty}\r\n\r\n{"event": "RESET"}{"event": "STOP"}\r\n`;
    const expected = [{ return: { a: [1, { b: '}]"' }] }, id: 1 }, { event: "RESET" }, { event: "STOP" }];
    expect(read(new ObjectReader(), text)).toEqual(expected);
    expect(read(new ObjectReader(), ...text)).toEqual(expected);
  });

  it("keep characters whole that a chunk cuts in two", () => {
    const bytes = Buffer.from('{"name": "Grüße"}\n');
    const reader = new ObjectReader();
    const objects = [...bytes].flatMap((byte) => [...reader.push(Uint8Array.of(byte))]);
    expect(objects).toEqual([{ name: "Grüße" }]);
  });

  it("are refused where JSON is broken, with the message's number and first byte", () => {
    const error = failure(() => read(new ObjectReader(), '{"a": 1}\n', '{"b": ,}\n'));
    expect(error).toMatchObject({ code: "QMP_PROTOCOL", place: { message: 2, byteOffset: 9 } });
    expect(error.message).toBe('broken JSON "{"b": ,}" in message 2 (from byte 9 on)');
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });

  it.each(["[]", "null", "17", '"text"', "[[[[[["])("are not %s", (text) => {
    expect(failure(() => read(new ObjectReader(), text)).message).toContain("that is no JSON object");
  });

  it("are refused at once where they nest too deep, before any of it is parsed", () => {
    expect(failure(() => read(new ObjectReader(), `{"a": ${"[".repeat(100)}`)).message).toContain(
      "nests deeper",
    );
  });

  it("are refused above the limit before they have ended", () => {
    const reader = new ObjectReader(16);
    expect(read(reader, '{"a": 12345}\n')).toEqual([{ a: 12345 }]);
    expect(failure(() => read(reader, '{"a": "bcdef', "ghijk")).place).toEqual({
      message: 2,
      byteOffset: 13,
    });
  });

  it("cost no more memory when they come byte by byte than their own length twice", () => {
    const reader = new ObjectReader();
    const before = process.memoryUsage().arrayBuffers;
    const byte = Uint8Array.of(0x78);
    for (const _ of reader.push(Buffer.from('{"a": "'))) throw new Error("not whole yet");
    for (let i = 0; i < MOST_OBJECT_BYTES / 2; i++)
      for (const _ of reader.push(byte)) throw new Error("not whole yet");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MOST_OBJECT_BYTES);
  });

  it("bring no character of the peer's into a message that could turn or clear a terminal", () => {
    const { message } = failure(() => read(new ObjectReader(), "\u001b[2J\u202e{\n"));
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe("JSON", () => {
  it("writes a command as one line, leaving out what is not there", () => {
    expect(encodeCommand(3, "balloon", { value: 5 })).toBe(
      '{"execute":"balloon","arguments":{"value":5},"id":3}\n',
    );
    expect(encodeCommand(4, "query-status")).toBe('{"execute":"query-status","id":4}\n');
  });

  it("takes 2^64-1, negative numbers, fractions and other types for not reported", () => {
    const [unset] = read(new ObjectReader(), '{"value": 18446744073709551615}\n');
    for (const value of [unset?.["value"], -1, 1.5, Number.NaN, "12", null, undefined])
      expect(reported(value)).toBeUndefined();
    expect(reported(0)).toBe(0);
    expect(reported(2 ** 53 - 1)).toBe(2 ** 53 - 1);
  });
});
