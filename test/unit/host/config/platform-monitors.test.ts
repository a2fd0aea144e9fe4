import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../host/src/config/parse.ts";

function withGuest(fields: string) {
  const result = parseConfig(`guests:\n  static:\n    - { name: web1, ${fields} }\n`, "ballastd.yaml");
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return { mode: result.config.guests[0]?.qmpMode, warnings: result.warnings };
}

describe("a monitor that Proxmox's own tools use", () => {
  it.each(["/run/qemu-server/100.qmp", "/var/run/qemu-server/100.qmp", "/run//qemu-server/./100.qmp"])(
    "is lent by itself, with a warning that tells the way out: %s",
    (path) => {
      const { mode, warnings } = withGuest(`qmp: "${path}"`);
      expect(mode).toBe("lease");
      expect(warnings).toMatchObject([
        {
          ...{ path: "guests.static[0].qmp", line: 3 },
          message: expect.stringContaining("it is lent for moments"),
          advice: expect.stringContaining("-mon chardev=ballast,mode=control"),
        },
      ]);
    },
  );

  it("is kept where the admin says so, with a warning of what that does", () => {
    const { mode, warnings } = withGuest('qmp: "/run/qemu-server/100.qmp", qmpMode: own');
    expect(mode).toBe("own");
    expect(warnings).toMatchObject([{ message: expect.stringContaining("each of their calls fails") }]);
  });
});

describe("any other monitor", () => {
  it("is the guest's own", () => {
    expect(withGuest('qmp: "/run/vm/100.qmp"')).toEqual({ mode: undefined, warnings: [] });
    expect(withGuest('qmp: "/run/qemu-server/100.qga"')).toEqual({ mode: undefined, warnings: [] });
  });

  it("is lent where the admin says so, without a warning", () => {
    expect(withGuest("qmp: /run/vm/100.qmp, qmpMode: lease")).toEqual({ mode: "lease", warnings: [] });
  });
});
