import { describe, expect, it } from "vitest";
import {
  acceleratorArguments,
  type BootOptions,
  checkOptions,
  guestPaths,
  qemuArguments,
} from "../../testbed/boot-options.ts";

const IMAGE = { kernelPath: "/k", initramfsPath: "/i", diskPath: "/d" };
const PATHS = guestPaths("/s", "web");

function commandLine(options: BootOptions): string {
  return qemuArguments("web", options, IMAGE, PATHS, undefined).join(" ");
}

describe("qemuArguments", () => {
  it("boots by default what Proxmox and libvirt would: a balloon that the guest cannot deflate by itself", () => {
    const line = commandLine({});
    expect(line).toContain("virtio-balloon-pci,id=balloon0,deflate-on-oom=off,free-page-reporting=on");
    expect(line).toContain("-m 512 -smp 1 -no-reboot");
    expect(line).toContain("name=org.ballast.agent.0");
    expect(line).toContain("ballast.agent=on ballast.agent.args=run");
  });

  it("gives the broker's monitor and the testbed's a socket each", () => {
    const line = commandLine({});
    expect(line).toContain("-qmp unix:/s/web.qmp,server=on,wait=off");
    expect(line).toContain(
      "socket,id=control,path=/s/web.ctl,server=on,wait=off -mon chardev=control,mode=control",
    );
  });

  it("leaves out what is switched off", () => {
    const line = commandLine({ balloon: false, agentPort: false, agent: false, noReboot: false });
    expect(line).not.toContain("virtio-balloon");
    expect(line).not.toContain("org.ballast.agent.0");
    expect(line).not.toContain("-no-reboot");
    expect(line).toContain("ballast.agent=off");
    expect(line).toContain("org.ballast.testbed.0");
  });

  it("gives a guest a network only when asked to", () => {
    expect(commandLine({})).not.toMatch(/netdev|ballast\.network/);
    const line = commandLine({ network: true });
    expect(line).toContain("-netdev user,id=net0 -device virtio-net-pci,netdev=net0,romfile=");
    expect(line).toContain("ballast.network=on");
  });

  it("limits the speed of a scratch disk only when asked to", () => {
    expect(commandLine({ scratch: { sizeMib: 64 } })).not.toContain("throttling");
    const slow = commandLine({ scratch: { sizeMib: 64, operationsPerSecond: 400 } });
    expect(slow).toContain("file=/s/web.scratch,if=virtio,format=raw,cache=unsafe,throttling.iops-total=400");
  });

  it("passes the agent's arguments on the kernel's command line, and further ones to QEMU", () => {
    const line = commandLine({
      agentArguments: ["run", "--channel", "/dev/vport1p1"],
      extraArguments: ["-snapshot"],
    });
    expect(line).toContain("ballast.agent.args=run,--channel,/dev/vport1p1");
    expect(line).toMatch(/-snapshot$/);
  });
});

describe("acceleratorArguments", () => {
  it.each([undefined, "", "tcg"])("emulates for %j", (accelerator) => {
    expect(acceleratorArguments(accelerator)).toEqual([
      "-accel",
      "tcg,thread=multi,tb-size=64",
      "-cpu",
      "max",
    ]);
  });

  it("takes the accelerator that is named", () => {
    expect(acceleratorArguments("kvm")).toEqual(["-accel", "kvm", "-cpu", "host"]);
  });
});

describe("checkOptions", () => {
  it.each([
    [{ name: "a b" }, "name a b"],
    [{ name: "../x" }, "name ../x"],
    [{ memoryMib: Number.NaN }, "memoryMib NaN"],
    [{ smp: 0 }, "smp 0"],
    [{ scratch: { sizeMib: 1.5 } }, "scratchMib 1.5"],
    [{ agentArguments: ["a,b"] }, 'agent argument "a,b"'],
  ])("refuses %j and says which value is wrong", (options, words) => {
    expect(() => checkOptions(options)).toThrow(words);
  });

  it("takes an empty choice", () => {
    expect(() => checkOptions({})).not.toThrow();
  });
});
