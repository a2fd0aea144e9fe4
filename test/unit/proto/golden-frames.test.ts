/** Frames of every release stay readable: the files under `fixtures/wire` are never changed, only added to. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeEnvelope, encodeEnvelope, encodeFrame, FrameReader } from "../../../proto/src/index.ts";

const folder = new URL("../../fixtures/wire/v1/", import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".bin"))
  .map((file) => file.replace(/\.bin$/, ""));

describe("golden frames of version 1", () => {
  test.each(names)("%s decodes to what it meant and encodes to the same bytes", (name) => {
    const frame = readFileSync(new URL(`${name}.bin`, folder));
    const envelope = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
    const events = new FrameReader().push(frame);
    expect(events.map((event) => event.type)).toEqual(["frame"]);
    const payload = events[0]?.type === "frame" ? events[0].payload : new Uint8Array();
    expect(decodeEnvelope(payload)).toEqual({ ok: true, envelope });
    expect(Buffer.from(encodeFrame(encodeEnvelope(envelope)))).toEqual(frame);
  });

  test("there is one for every kind of message", () => {
    const kinds = new Set(
      names.map((name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")).message.type),
    );
    const all = [
      "ack",
      "demand",
      "demand-reply",
      "goodbye",
      "hello",
      "inflation-notice",
      "report",
      "tuning",
      "welcome",
    ];
    expect([...kinds].sort()).toEqual(all);
  });
});
