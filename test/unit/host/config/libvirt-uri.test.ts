import { describe, expect, it } from "vitest";
import { parseLibvirtUri } from "../../../../host/src/config/libvirt-uri.ts";

describe("a libvirt URI", () => {
  it.each([
    ["qemu:///system", { scope: "system" }],
    ["qemu:///session", { scope: "session" }],
    ["qemu+unix:///system?socket=/tmp/a%20sock", { scope: "system", socketPath: "/tmp/a sock" }],
    ["qemu:///system?no_verify=1", { scope: "system" }],
  ])("%s names %o", (uri, value) => {
    expect(parseLibvirtUri(uri)).toEqual({ ok: true, value });
  });

  it.each([
    "qemu+ssh://host/system",
    "xen:///system",
    "qemu:///other",
    "qemu:///systemd",
    "",
    "qemu:///system?socket=relative",
    `qemu:///system?socket=/${"x".repeat(107)}`,
  ])("%s is refused", (uri) => {
    expect(parseLibvirtUri(uri).ok).toBe(false);
  });
});
