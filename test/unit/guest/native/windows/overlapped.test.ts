/** The virtio-serial port on Windows: what its driver answers, and what the link makes of it. */
import { beforeEach, describe, expect, it } from "vitest";
import { VirtioPort } from "../../../../../guest/src/link/virtio-port.ts";
import { OverlappedDevice } from "../../../../../guest/src/native/windows/overlapped.ts";
import { FakeWindowsPort } from "../../../../fakes/fake-windows-port.ts";

const PATH = "\\\\.\\Global\\org.ballast.agent.0";
const FRAME = Uint8Array.of(1, 2, 3);

let driver: FakeWindowsPort;
let device: OverlappedDevice;
let port: VirtioPort;
let received: number[];

beforeEach(() => {
  driver = new FakeWindowsPort();
  device = new OverlappedDevice(driver.koffi);
  port = new VirtioPort(device, () => ({ found: true, path: PATH }));
  received = [];
});

function poll(nowMs: number): void {
  port.poll(nowMs, (bytes) => received.push(...bytes));
}

describe("opening the port", () => {
  it("opens it exclusively, with overlapped requests", () => {
    poll(0);
    const [path, access, share, , how, flags] = driver.opened[0] ?? [];
    expect({ path, access, share, how, flags }).toEqual({
      path: PATH,
      access: 0xc000_0000,
      share: 0,
      how: 3,
      flags: 0x4000_0000,
    });
  });

  it.each([
    [2, /no such port: add the channel .* vioserial driver/],
    [5, /another program .* holds it, or the agent does not run as administrator/],
    [32, /another program .* holds it: waiting/],
    [1117, /refuses to open it \(Windows error 1117\)/],
  ])("says for Windows error %i what to do, and tries again", (error, words) => {
    driver.openError = error;
    poll(0);
    expect(port).toMatchObject({ state: "closed", problem: expect.stringMatching(words) });
    driver.openError = 0;
    poll(10_000);
    expect(port).toMatchObject({ state: "up", generation: 1, problem: undefined });
  });
});

describe("a path where a file lies", () => {
  it("is refused before anything is written to it", () => {
    driver.fileType = 1;
    poll(0);
    port.send("control", FRAME);
    expect(port.problem).toMatch(/no virtio-serial port/);
    expect(driver.written).toEqual([]);
  });
});

describe("a host at the other end", () => {
  it("is known by a read that waits, and is not read for twice", () => {
    poll(0);
    expect(port.state).toBe("up");
    expect(driver.isReadPending).toBe(true);
    poll(20);
    driver.fromHost(7, 8);
    poll(40);
    expect(received).toEqual([7, 8]);
  });

  it("gets frames while a read waits", () => {
    poll(0);
    port.send("report", FRAME);
    expect(driver.written).toEqual([1, 2, 3]);
    expect(driver.isReadPending).toBe(true);
  });

  it("gets what it did not read before anything newer, unharmed by what the agent does meanwhile", () => {
    poll(0);
    driver.hostReads = false;
    const frame = Uint8Array.of(1, 2, 3);
    port.send("report", frame);
    frame.fill(0);
    port.send("report", Uint8Array.of(4));
    expect(driver.written).toEqual([]);
    driver.drain();
    poll(20);
    expect(driver.written).toEqual([1, 2, 3, 4]);
  });

  it("gets a frame that is larger than a request in parts", () => {
    poll(0);
    port.send("report", new Uint8Array(20_000).fill(5));
    expect(driver.written).toHaveLength(20_000);
  });
});

describe("no host at the other end", () => {
  it("shows in a read that is refused", () => {
    driver.hostPresent = false;
    poll(0);
    expect(port).toMatchObject({ state: "absent", problem: undefined });
    driver.hostPresent = true;
    poll(20);
    expect(port).toMatchObject({ state: "up", generation: 1 });
  });

  it("is found by querying the port, since a pending read goes on waiting", () => {
    poll(0);
    driver.hostPresent = false;
    poll(20);
    expect(driver.isReadPending).toBe(true);
    expect(port.state).toBe("absent");
  });

  it("is queried again after a query that failed", () => {
    const noSystemResources = 1450;
    driver.askError = noSystemResources;
    poll(0);
    expect(port.state).toBe("up");
    driver.askError = 0;
    driver.hostPresent = false;
    poll(20);
    expect(port.state).toBe("absent");
  });

  it("takes nothing, and loses nothing but the time", () => {
    poll(0);
    driver.hostPresent = false;
    port.send("control", FRAME);
    expect(driver.written).toEqual([]);
    expect(port.state).toBe("up");
  });

  it("leaves nothing for the next host of what the last one did not read", () => {
    poll(0);
    driver.hostReads = false;
    port.send("report", FRAME);
    driver.hostPresent = false;
    poll(20);
    driver.hostPresent = true;
    driver.drain();
    poll(40);
    port.send("report", Uint8Array.of(9));
    expect(driver.written).toEqual([9]);
  });

  it("is unknown to a pipe, which is queried once", () => {
    driver.knowsHost = false;
    poll(0);
    driver.hostPresent = false;
    poll(20);
    expect(port.state).toBe("up");
  });
});

describe("a port that goes away", () => {
  it("is searched for again", () => {
    poll(0);
    driver.goneError = 1167;
    port.send("report", FRAME);
    expect(port).toMatchObject({ state: "closed", problem: expect.stringMatching(/channel was lost/) });
    driver.goneError = 0;
    poll(10_000);
    expect(port).toMatchObject({ state: "up", generation: 2, problem: undefined });
  });

  it("has an event to wait for only while it is open", () => {
    const fd = device.open(PATH);
    expect(device.eventOf(fd)).toBeDefined();
    device.close(fd);
    expect(device.eventOf(fd)).toBeUndefined();
  });
});
