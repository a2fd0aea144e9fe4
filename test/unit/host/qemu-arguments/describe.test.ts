import { describe, expect, it } from "vitest";
import { describeQemu } from "../../../../host/src/qemu-arguments/describe.ts";

const MIB = 1024 * 1024;
const seen = (...words: readonly string[]) => {
  const description = describeQemu(["/usr/bin/qemu-system-x86_64", ...words], { cwd: "/" });
  if (description === undefined) throw new Error("no QEMU");
  return description;
};
const QMP = ["-qmp", "unix:/run/web.qmp,server=on,wait=off"];
const isFound = ({ monitors }: ReturnType<typeof seen>) => monitors[0]?.path === "/run/web.qmp";

describe("a QEMU's command line", () => {
  it.each([
    "-enable-sync-profile",
    "-one-insn-per-tb",
    "-no-kvm",
    "-perfmap",
    "-curses",
    "-show-cursor",
    "--no-reboot",
    "-enable-fips",
  ])("hides nothing behind an option without argument: %s", (option) => {
    expect(isFound(seen(option, ...QMP))).toBe(true);
  });

  it.each([
    ["-device", "vfio-pci,host=01:00.0"],
    ["-device", '{"driver":"vfio-pci","host":"0000:01:00.0"}'],
    ["--device", "driver=vfio-pci-nohotplug,sysfsdev=/sys/x"],
    ["-device", "vhost-vdpa-device-pci,vhostdev=/dev/vhost-vdpa-0"],
    ["-netdev", "vhost-vdpa,vhostdev=/dev/vhost-vdpa-0,id=n0"],
  ])("names what pins memory: %s %s", (option, text) => {
    expect(seen(option, text).passthrough).toBe(true);
  });

  it.each([
    ["-m", "2G", 2048],
    ["-m", "size=1.5G", 1536],
    ["-m", "2048M,slots=4,maxmem=8G", 2048],
    ["-m", "512", 512],
  ])("has so much memory: %s %s", (option, text, mib) => {
    expect(seen(option, text).memory.sizeBytes / MIB).toBe(mib);
  });

  it.each(["on", "yes", "true", "y"])("has a switch that is %s", (value) => {
    const { balloon } = seen("-device", `virtio-balloon-pci,id=b0,deflate-on-oom=${value}`);
    expect(balloon).toMatchObject({ path: "/machine/peripheral/b0", deflateOnOom: true });
  });

  it("has a comma in a path where it is written twice", () => {
    expect(seen("-qmp", "unix:/run/a,,b.qmp,server=on").monitors[0]?.path).toBe("/run/a,b.qmp");
  });

  it("is hugepages or shared memory by the backends that the guest uses, not by another device's", () => {
    const huge =
      '{"qom-type":"memory-backend-file","id":"m","mem-path":"/dev/hugepages/libvirt","size":1048576}';
    const shared = "memory-backend-memfd,id=ivshmem,size=32M,share=on";
    const both = ["-object", huge, "-object", shared];
    expect(seen(...both, "-machine", "pc,memory-backend=m").memory).toMatchObject({
      hugepages: true,
      shared: false,
    });
    expect(seen(...both).memory).toMatchObject({ hugepages: false, shared: false });
  });
});
