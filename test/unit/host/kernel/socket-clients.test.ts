import { describe, expect, it } from "vitest";
import { socketClientsOf } from "../../../../host/src/kernel/socket-clients.ts";

/** As iproute2 6.15 prints it. */
const LISTING = [
  'u_str ESTAB 0 0 /run/vm/web1.qmp 1001 * 1002 users:(("qemu-system-x86",pid=10,fd=9))',
  'u_str ESTAB 0 0 * 1002 * 1001 users:(("ballastd",pid=7,fd=20))',
  'u_str ESTAB 0 0 /run/vm/web1.mon2 1003 * 1004 users:(("qemu-system-x86",pid=10,fd=11))',
  'u_str ESTAB 0 0 * 1004 * 1003 users:(("libvirtd",pid=812,fd=30),("libvirtd",pid=813,fd=30))',
  'u_str ESTAB 0 0 /run/vm/db1.qmp 1005 * 1006 users:(("qemu-system-x86",pid=11,fd=9))',
  'u_str ESTAB 0 0 * 1006 * 1005 users:(("momd",pid=900,fd=5))',
  "u_str ESTAB 0 0 * 322365 * 322366                                           ",
  "nonsense",
].join("\n");

describe("the processes connected to a process's unix sockets", () => {
  it("are named with the socket's path, without this process", () => {
    expect(socketClientsOf(LISTING, 10, 7)).toEqual([
      { name: "libvirtd", pid: 812, path: "/run/vm/web1.mon2" },
      { name: "libvirtd", pid: 813, path: "/run/vm/web1.mon2" },
    ]);
  });

  it("are named without what a process put into its name to control a terminal or to hide", () => {
    const named = LISTING.replace('"libvirtd",pid=812', '"a\u202e\u009b\u3164q\u0336",pid=812');
    expect(socketClientsOf(named, 10, 7)).toContainEqual({
      ...{ name: "a???q?", pid: 812, path: "/run/vm/web1.mon2" },
    });
  });

  it("are none for a process that is not listed, and where nothing could be read", () => {
    expect(socketClientsOf(LISTING, 12, 7)).toEqual([]);
    expect(socketClientsOf("", 10, 7)).toEqual([]);
  });
});
