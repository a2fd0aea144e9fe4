import { describe, expect, it } from "vitest";
import { describeQemu } from "../../../../host/src/qemu-arguments/describe.ts";

function described(qmpPath: string, agentPath: string) {
  return describeQemu(
    [
      ...["qemu-system-x86_64", "-qmp", `unix:${qmpPath},server=on,wait=off`],
      ...["-chardev", `socket,id=m,path=${qmpPath},server=on`, "-mon", "chardev=m,mode=control"],
      ...["-chardev", `socket,id=a,path=${agentPath},server=on`],
      ...["-device", "virtserialport,chardev=a,name=org.ballast.agent.0"],
    ],
    { cwd: "/" },
  );
}

describe("the sockets on a QEMU's command line", () => {
  it("are taken with paths as people write them", () => {
    const qemu = described("/srv/bücher/漢字.qmp", "/srv/bücher/cafe\u0301.agent");
    expect(qemu?.monitors.map(({ path, usable }) => ({ path, usable }))).toEqual([
      { path: "/srv/bücher/漢字.qmp", usable: true },
      { path: "/srv/bücher/漢字.qmp", usable: true },
    ]);
    expect(qemu?.agentSocket).toBe("/srv/bücher/cafe\u0301.agent");
  });

  it.each(["/vm/\u001b[2J", "/vm/\u202egol", "/vm/a\u3164b", "/vm/a\nweb1 managed"])(
    "are left where their path could forge what an admin reads: %j",
    (path) => {
      const qemu = described(`${path}.qmp`, `${path}.agent`);
      expect(qemu?.monitors).toHaveLength(2);
      for (const monitor of qemu?.monitors ?? []) {
        expect(monitor).toMatchObject({ kind: "other", usable: false });
        expect(monitor.why).toContain("its path has characters that cannot be seen");
        expect(monitor.path).toBeUndefined();
      }
      expect(qemu?.agentSocket).toBeUndefined();
    },
  );
});
