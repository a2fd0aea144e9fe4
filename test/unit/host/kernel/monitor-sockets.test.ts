import { describe, expect, it } from "vitest";
import { parseMonitorSockets } from "../../../../host/src/kernel/monitor-sockets.ts";

/** As the kernel wrote it for a QEMU with a client, one that waits, and one that gave up waiting. */
const TEXT = `Num       RefCount Protocol Flags    Type St Inode Path
00000000c4e71676: 00000003 00000000 00000000 0001 03 2195849 /run/qemu-server/100.qmp
0000000099179c10: 00000002 00000000 00010000 0001 01 2195642 /run/qemu-server/100.qmp
000000009d7a59ff: 00000003 00000000 00000000 0001 02     0 /run/qemu-server/100.qmp
000000009d7a59aa: 00000002 00000000 00000000 0001 02     0 /run/qemu-server/100.qmp
0000000012345678: 00000003 00000000 00000000 0001 03 2195850
0000000012345679: 00000002 00000000 00010000 0001 01 2195643 /run/qemu-server/101.qmp
000000001234567a: 00000002 00000000 00010000 0001 01 2195644 @abstract
`;

describe("a monitor's sockets", () => {
  it("are the listener, the client that is served, and those that wait or gave up waiting", () => {
    const sockets = parseMonitorSockets(TEXT);
    expect([...sockets]).toEqual([
      ["/run/qemu-server/100.qmp", { listener: "2195642", holders: 1, waiters: 2 }],
      ["/run/qemu-server/101.qmp", { listener: "2195643", holders: 0, waiters: 0 }],
    ]);
  });

  it("are told by one and the same listener of several on one path, in whatever order", () => {
    const lines = [7, 12].map((inode) => `0: 00000002 00000000 00010000 0001 01 ${inode} /run/a.qmp`);
    for (const order of [lines, lines.toReversed()])
      expect(parseMonitorSockets(order.join("\n")).get("/run/a.qmp")?.listener).toBe("12");
  });

  it.each(["", "\n\n", "0: x y z", "Num RefCount"])("are none in %j", (text) => {
    expect(parseMonitorSockets(text).size).toBe(0);
  });
});
