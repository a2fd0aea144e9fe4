/** The channel over a virtio-serial port. */
import { beforeEach, describe, expect, it } from "vitest";
import { LONGEST_RETRY_MS, VirtioPort } from "../../../../guest/src/link/virtio-port.ts";
import { FakeCharDevice } from "../../../fakes/fake-char-device.ts";

let device: FakeCharDevice;
let port: VirtioPort;
let received: number[];

beforeEach(() => {
  device = new FakeCharDevice();
  port = new VirtioPort(device, () => ({ found: true, path: "/dev/vport1p1" }));
  received = [];
});

function poll(nowMs: number): void {
  port.poll(nowMs, (bytes) => received.push(...bytes));
}

const FRAME = Uint8Array.of(1, 2, 3);

describe("a host at the other end", () => {
  it("is known by a port that is idle", () => {
    poll(0);
    expect(port).toMatchObject({ state: "up", generation: 1, problem: undefined });
  });

  it("is not there while the port reads nothing at all", () => {
    device.hostPresent = false;
    poll(0);
    expect(port.state).toBe("absent");
    port.send("control", FRAME);
    expect(device.written).toEqual([]);
  });

  it("is read, at most a few reads a poll", () => {
    for (let i = 0; i < 100; i++) device.fromHost.push(Uint8Array.of(i));
    poll(0);
    expect(received).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    poll(20);
    expect(received).toHaveLength(16);
  });

  it("gets frames at once, and the rest of a frame when there is room again", () => {
    poll(0);
    device.room = 2;
    port.send("report", FRAME);
    expect(device.written).toEqual([1, 2]);
    device.room = 10;
    poll(20);
    expect(device.written).toEqual([1, 2, 3]);
  });

  it("gets nothing old when it went away and came back", () => {
    poll(0);
    device.room = 2;
    port.send("report", FRAME);
    device.hostPresent = false;
    poll(20);
    device.hostPresent = true;
    device.room = 10;
    poll(40);
    expect(port.state).toBe("up");
    expect(device.written).toEqual([1, 2]);
  });
});

describe("a port that cannot be opened", () => {
  it.each([
    ["EBUSY", /held by another program/],
    ["EACCES", /may not be opened/],
    ["ENXIO", /not a virtio-serial port/],
    ["EIO", /cannot be opened: EIO/],
  ])("says what %s means", (code, problem) => {
    device.openError = code;
    poll(0);
    expect(port.state).toBe("closed");
    expect(port.problem).toMatch(problem);
  });

  it("is tried again with waits that grow to 5 s, and opened when it is free", () => {
    device.openError = "EBUSY";
    for (let nowMs = 0; nowMs <= 60_000; nowMs += 20) poll(nowMs);
    expect(device.opens).toBeGreaterThan(12);
    expect(device.opens).toBeLessThan(20);
    device.openError = undefined;
    poll(60_000 + LONGEST_RETRY_MS);
    expect(port).toMatchObject({ state: "up", problem: undefined });
  });

  it("says what the search found out", () => {
    const lost = new VirtioPort(device, () => ({ found: false, problem: "no port" }));
    lost.poll(0, () => {});
    expect(lost).toMatchObject({ state: "closed", problem: "no port" });
  });
});

describe("a port that is unplugged", () => {
  it.each(["poll", "send"])(
    "is closed when %s finds out, searched for again, and counts as another channel",
    (how) => {
      poll(0);
      device.ioError = "ENODEV";
      if (how === "poll") poll(20);
      else port.send("report", FRAME);
      expect(port.state).toBe("closed");
      expect(port.problem).toMatch(/ENODEV/);
      expect(device.openCount).toBe(0);
      device.ioError = undefined;
      poll(1000);
      expect(port).toMatchObject({ state: "up", generation: 2 });
    },
  );
});

it("stays closed once closed for good", () => {
  poll(0);
  port.close();
  poll(10_000);
  expect(port.state).toBe("closed");
  expect(device.openCount).toBe(0);
});
