import { describe, expect, it } from "vitest";
import { addressOf } from "../../../../host/src/libvirt/address.ts";

const USER = { runtime: "/run/user/1000", config: "/home/a/.config" };

describe("libvirt's address", () => {
  it("is the modular daemon's socket before the monolithic one's", () => {
    expect(addressOf({ scope: "system" }, USER)).toEqual({
      uri: "qemu:///system",
      socketPaths: ["/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"],
      domainsFolder: "/var/lib/libvirt/qemu",
    });
  });

  it("is in the user's folders for a session", () => {
    expect(addressOf({ scope: "session" }, USER)).toEqual({
      uri: "qemu:///session",
      socketPaths: ["/run/user/1000/libvirt/virtqemud-sock", "/run/user/1000/libvirt/libvirt-sock"],
      domainsFolder: "/home/a/.config/libvirt/qemu/lib",
    });
  });

  it("is a socket that is named", () => {
    const { socketPaths } = addressOf({ scope: "system", socketPath: "/tmp/sock" }, USER);
    expect(socketPaths).toEqual(["/tmp/sock"]);
  });
});
