import { describe, expect, it } from "vitest";
import { LibvirtUnsupportedError } from "../../../../host/src/libvirt/rpc/errors.ts";
import { addressOf } from "../../../../host/src/libvirt/uri.ts";

const USER = { runtime: "/run/user/1000", config: "/home/a/.config" };

describe("libvirt's address", () => {
  it("is the modular daemon's socket before the monolithic one's", () => {
    expect(addressOf("qemu:///system", USER)).toEqual({
      uri: "qemu:///system",
      socketPaths: ["/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"],
      domainsFolder: "/var/lib/libvirt/qemu",
    });
  });

  it("is in the user's folders for a session", () => {
    expect(addressOf("qemu:///session", USER)).toEqual({
      uri: "qemu:///session",
      socketPaths: ["/run/user/1000/libvirt/virtqemud-sock", "/run/user/1000/libvirt/libvirt-sock"],
      domainsFolder: "/home/a/.config/libvirt/qemu/lib",
    });
  });

  it("is a socket that is named", () => {
    const { uri, socketPaths } = addressOf("qemu+unix:///system?socket=/tmp/a%20sock", USER);
    expect([uri, socketPaths]).toEqual(["qemu:///system", ["/tmp/a sock"]]);
  });

  it.each(["qemu+ssh://host/system", "xen:///system", "qemu:///other", "", "qemu:///systemd"])(
    "is refused for %s",
    (uri) => {
      expect(() => addressOf(uri, USER)).toThrow(LibvirtUnsupportedError);
    },
  );
});
