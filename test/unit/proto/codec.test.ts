import { describe, expect, onTestFinished, test } from "vitest";
import { ballast } from "../../../proto/generated/guest.js";
import { decodeEnvelope, encodeEnvelope, MAX_NAME_LENGTH, type Message } from "../../../proto/src/index.ts";

const v1 = ballast.guest.v1;
/** Encodes without a check: what a newer or a hostile peer could send. */
const raw = (fields: object) => v1.Envelope.encode(fields).finish();
const bytes8 = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const hello = { minVersion: 1, maxVersion: 1, nonce: bytes8, bootId: "boot" };

function decoded(untrustedBytes: Uint8Array) {
  const result = decodeEnvelope(untrustedBytes);
  return result.ok ? result.envelope.message : result.problem;
}

describe("what is unknown", () => {
  test("a message of a newer peer is unknown", () => {
    // Field 99, length-delimited, empty.
    expect(decoded(Uint8Array.of(0x10, 1, 0x9a, 0x06, 0))).toEqual({ type: "unknown" });
  });

  test("an envelope without body is unknown", () => {
    expect(decoded(new Uint8Array())).toEqual({ type: "unknown" });
  });

  test("enum values of a newer peer are absent", () => {
    expect(decoded(raw({ sequence: 1, report: { pressure: 77, totalBytes: 5 } }))).toEqual({
      type: "report",
      totalBytes: 5,
    });
    expect(decoded(raw({ hello: { ...hello, os: 9, capabilities: [1, 99, 1, 3] } }))).toMatchObject({
      capabilities: ["pressure-stall", "balloon-size"],
    });
    expect(decoded(raw({ goodbye: { reason: 50 } }))).toEqual({ type: "goodbye" });
  });

  test("a field of the wrong wire type is as good as absent", () => {
    // Report with field 2 (total_bytes) as a length-delimited value.
    expect(decoded(Uint8Array.of(0xa2, 0x01, 3, 0x12, 1, 65))).toEqual({ type: "report" });
  });
});

describe("numbers", () => {
  test("a number that a double cannot hold is absent where it is optional", () => {
    const unset = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    const report = Uint8Array.of(0xa2, 0x01, 13, 0x10, ...unset, 0x18, 9);
    expect(decoded(report)).toEqual({ type: "report", availableBytes: 9 });
  });

  test("a number that a double cannot hold makes the frame invalid where it is required", () => {
    const unset = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    const reply = Uint8Array.of(0xfa, 0x01, 11, 0x18, ...unset);
    expect(decoded(reply)).toEqual({ code: "invalid-field", field: "demand_reply.granted_bytes" });
  });

  test("zero stays zero, absence stays absence", () => {
    const message: Message = { type: "report", availableBytes: 0 };
    expect(decoded(encodeEnvelope({ sequence: 1, message }))).toEqual(message);
  });

  test("a size that is not on the wire is zero, whatever default the generated code has", () => {
    const { prototype } = v1.DemandReply;
    const { grantedBytes, targetBytes } = prototype;
    onTestFinished(() => void Object.assign(prototype, { grantedBytes, targetBytes }));
    const zero = { low: 0, high: 0, unsigned: true };
    Object.assign(prototype, { grantedBytes: zero, targetBytes: zero });
    expect(decoded(raw({ demandReply: { demandSequence: 3 } }))).toEqual({
      ...{ type: "demand-reply", demandSequence: 3 },
      ...{ grantedBytes: 0, targetBytes: 0 },
    });
  });

  test("what the schema cannot hold is left out when written", () => {
    const message: Message = {
      type: "report",
      totalBytes: Number.NaN,
      availableBytes: -1,
      freeBytes: 2 ** 60,
      cacheBytes: Number.POSITIVE_INFINITY,
      intervalMs: 2 ** 40,
      balloonBytes: 12.5,
    };
    expect(decoded(encodeEnvelope({ sequence: 1, message }))).toEqual({ type: "report", balloonBytes: 13 });
  });
});

describe("a Hello", () => {
  test.each([
    ["without version", { minVersion: 0 }, "hello.min_version"],
    ["with its versions upside down", { minVersion: 3, maxVersion: 2 }, "hello.min_version"],
    ["with a short nonce", { nonce: bytes8.subarray(1) }, "hello.nonce"],
    ["without boot id", { bootId: "" }, "hello.boot_id"],
    [
      "with a boot id that has no letter or digit",
      { bootId: "\u0000\u001b\u202e\u3164 \uff21" },
      "hello.boot_id",
    ],
  ])("%s is refused, and the place named", (_, wrong, field) => {
    expect(decoded(raw({ hello: { ...hello, ...wrong } }))).toEqual({ code: "invalid-field", field });
  });

  test.each([
    ["control characters and colour codes", "1.0\u001b[31m\n\u009b", "1.031m"],
    ["text that runs backwards or is not seen", "1.0\u202e\u2028\u200b\ufeff\u{e0041}x", "1.0x"],
    ["wide characters", "1.0\uff10\u6f22\u{1f600}x", "1.0x"],
    ["blank characters", "1.0 \u00a0\u2003\u2800\u3164\u115fx", "1.0x"],
    ["combining characters", "1.0e\u0301\u0336\u20ddx", "1.0ex"],
    ["letters that look like others", "\u0430gent-\u0391", "gent-"],
    ["marks between columns", '1.0, 0.2s  steady|"x', "1.00.2ssteadyx"],
  ])("loses %s in its versions and its boot id", (_, text, kept) => {
    const message = decoded(raw({ hello: { ...hello, agentVersion: text, osVersion: text, bootId: text } }));
    expect(message).toMatchObject({ agentVersion: kept, osVersion: kept, bootId: kept });
  });

  test("keeps the versions of distributions, of Windows and of a build as they are", () => {
    for (const text of ["6.1.0-18-cloud-amd64", "10.0.20348", "0.1.0+0738027", "6.8~rc1_x+2"])
      expect(decoded(raw({ hello: { ...hello, osVersion: text } }))).toMatchObject({ osVersion: text });
  });

  test("keeps only the beginning of long text", () => {
    const message = decoded(raw({ hello: { ...hello, osVersion: "x".repeat(50_000) } }));
    expect(message).toMatchObject({ osVersion: "x".repeat(MAX_NAME_LENGTH) });
  });

  test("lists each capability once, however often it is sent", () => {
    const capabilities = Array.from({ length: 20_000 }, (_, index) => index % 7);
    const message = decoded(raw({ hello: { ...hello, capabilities } }));
    expect(message).toMatchObject({ capabilities: expect.toSatisfy((list: unknown[]) => list.length === 5) });
  });
});

describe("an envelope", () => {
  test("with a session of the wrong length is refused", () => {
    expect(decoded(raw({ session: bytes8.subarray(2), ack: { sequence: 1 } }))).toEqual({
      code: "invalid-field",
      field: "session",
    });
  });

  test("that is cut short, too large or not UTF-8 is refused", () => {
    const whole = encodeEnvelope({ sequence: 300, message: { type: "report", totalBytes: 2 ** 40 } });
    expect(decoded(whole.subarray(0, -1))).toEqual({ code: "malformed" });
    expect(decoded(new Uint8Array(65_537))).toEqual({ code: "too-large" });
    expect(decoded(Uint8Array.of(0x52, 3, 0x2a, 1, 0xff))).toEqual({ code: "malformed" });
  });

  test("with two bodies means the last one", () => {
    const two = Buffer.concat([raw({ ack: { sequence: 1 } }), raw({ report: { totalBytes: 3 } })]);
    expect(decoded(two)).toEqual({ type: "report", totalBytes: 3 });
  });

  test.each([
    ["welcome", { welcome: { version: 0, session: bytes8, nonce: bytes8 } }, "welcome.version"],
    ["welcome", { welcome: { version: 1, nonce: bytes8 } }, "welcome.session"],
    ["welcome", { welcome: { version: 1, session: bytes8 } }, "welcome.nonce"],
  ])("holding a %s that lacks what a session needs is refused", (_, fields, field) => {
    expect(decoded(raw(fields))).toEqual({ code: "invalid-field", field });
  });

  test("cannot be made with an id that is none", () => {
    expect(() =>
      encodeEnvelope({ session: "XYZ", sequence: 1, message: { type: "ack", sequence: 1 } }),
    ).toThrow(TypeError);
  });
});
