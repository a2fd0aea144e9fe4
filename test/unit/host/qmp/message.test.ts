import { describe, expect, it } from "vitest";
import { parseMessage } from "../../../../host/src/qmp/message.ts";

describe("QMP messages", () => {
  it("reads the greeting's version", () => {
    const greeting = {
      QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 }, package: "Debian" }, capabilities: ["oob"] },
    };
    expect(parseMessage(greeting)).toEqual({
      kind: "greeting",
      greeting: { version: "7.2.22", packageName: "Debian" },
    });
  });

  it("reads an event with its time", () => {
    const event = {
      event: "RESET",
      data: { guest: false },
      timestamp: { seconds: 12, microseconds: 345_000 },
    };
    expect(parseMessage(event)).toEqual({
      kind: "event",
      event: { name: "RESET", data: { guest: false }, atWallMs: 12_345 },
    });
  });

  it("reads an event whose time QEMU could not tell", () => {
    const event = { event: "STOP", timestamp: { seconds: -1, microseconds: -1 } };
    expect(parseMessage(event)).toEqual({ kind: "event", event: { name: "STOP", data: {} } });
  });

  it.each([{}, { QMP: {} }, { QMP: { version: { qemu: {} } } }, { error: "no" }, { hello: 1 }])(
    "takes %j for none of its own",
    (object) => {
      expect(parseMessage(object).kind).toBe("unknown");
    },
  );
});
