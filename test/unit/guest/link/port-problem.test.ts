/** What the admin is told of a port that cannot be opened. */
import { describe, expect, it } from "vitest";
import { NotADeviceError } from "../../../../guest/src/link/char-device.ts";
import { openProblem } from "../../../../guest/src/link/port-problem.ts";

const refused = Object.assign(new Error("refused"), { code: "EACCES" });

describe("a port that may not be opened", () => {
  it("is explained to an agent that is not root", () => {
    expect(openProblem("/dev/vport1p1", refused, false)).toMatch(/run the agent as root/);
  });

  it("is explained to root by what else forbids it", () => {
    expect(openProblem("/dev/vport1p1", refused, true)).toMatch(/even by root: .*unit or a security module/);
  });
});

describe("a path where something else lies", () => {
  it("is named, with the option for a socket", () => {
    const problem = openProblem("/run/host.sock", new NotADeviceError("/run/host.sock"));
    expect(problem).toMatch(/no virtio-serial port.*--channel unix:PATH/);
  });
});
