import { describe, expect, it } from "vitest";
import { describeDomain } from "../../../../host/src/libvirt/domain-xml.ts";
import { LibvirtXmlError } from "../../../../host/src/libvirt/rpc/errors.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { domainXml } from "../../../fakes/domain-xml.ts";

const PORT =
  "<channel type='unix'><source mode='bind' path='/run/libvirt/qemu/channel/3-web1/org.ballast.agent.0'/>" +
  "<target type='virtio' name='org.ballast.agent.0' state='connected'/></channel>";

describe("a domain's XML", () => {
  it("tells its name, sizes, balloon and period", () => {
    const xml = domainXml({
      devices: "<memballoon model='virtio' autodeflate='on'><stats period='5'/></memballoon>",
    });
    expect(describeDomain(xml)).toMatchObject({
      untrustedName: "web1",
      uuid: "787781d3-7078-4523-8475-72dabe5f25ae",
      memoryBytes: 512 * MIB,
      currentBytes: 384 * MIB,
      hasBalloon: true,
      deflatesOnOom: true,
      statsPeriodSeconds: 5,
      passthrough: false,
      hugepages: false,
      locked: false,
      confidential: false,
      sharedMemory: false,
      unmergeable: false,
      memoryDevices: [],
      settings: {},
      problems: [],
    });
  });

  it.each([
    ["virtio", true],
    ["virtio-transitional", true],
    ["virtio-non-transitional", true],
    ["none", false],
    ["xen", false],
  ])("has a balloon of the model %s: %s", (model, hasBalloon) => {
    expect(describeDomain(domainXml({ devices: `<memballoon model='${model}'/>` })).hasBalloon).toBe(
      hasBalloon,
    );
  });

  it.each([
    ["<memory unit='b'>536870912</memory>", 512],
    ["<memory>524288</memory>", 512],
    ["<memory unit='MiB'> 512 </memory>", 512],
    ["<memory unit='G'>1</memory>", 1024],
    ["<memory dumpCore='off' unit='KiB'>524288</memory>", 512],
  ])("sizes %s as %i MiB", (memory, mib) => {
    expect(describeDomain(domainXml({ memory })).memoryBytes).toBe(mib * MIB);
  });

  it.each([
    ["<hostdev mode='subsystem' type='pci' managed='yes'/>", true],
    ["<hostdev mode='subsystem' type='mdev' model='vfio-pci'/>", true],
    ["<hostdev mode='subsystem' type='usb'/>", false],
    ["<interface type='hostdev'/>", true],
    ["<interface type='vdpa'/>", true],
    ["<interface type='vhostuser'/>", false],
    ["<disk type='nvme' device='disk'/>", true],
    ["<disk type='vhostvdpa' device='disk'/>", true],
    ["<disk type='file' device='disk'/>", false],
  ])("with %s has its memory pinned: %s", (devices, passthrough) => {
    expect(describeDomain(domainXml({ devices })).passthrough).toBe(passthrough);
  });

  it.each([
    ["<memoryBacking><hugepages/></memoryBacking>", { hugepages: true }],
    ["<memoryBacking><locked/></memoryBacking>", { locked: true }],
    ["<memoryBacking><nosharepages/></memoryBacking>", { unmergeable: true }],
    [
      "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
      { sharedMemory: true, hugepages: false, locked: false },
    ],
    ["<launchSecurity type='sev'><policy>0x3</policy></launchSecurity>", { confidential: true }],
    ["<launchSecurity type='tdx'/>", { confidential: true }],
  ])("with %s says so", (more, expected) => {
    expect(describeDomain(domainXml({ more }))).toMatchObject(expected);
  });

  it("names its memory devices", () => {
    const devices = "<memory model='dimm'><target/></memory><memory model='virtio-mem'><target/></memory>";
    expect(describeDomain(domainXml({ devices })).memoryDevices).toEqual(["dimm", "virtio-mem"]);
  });

  it("has the agent's port with its path and whether the guest has it open", () => {
    const path = "/run/libvirt/qemu/channel/3-web1/org.ballast.agent.0";
    expect(describeDomain(domainXml({ devices: PORT })).agentPort).toEqual({ path, isOpen: true });
    const closed = describeDomain(domainXml({ devices: PORT.replace("connected", "disconnected") }));
    expect(closed.agentPort).toEqual({ path, isOpen: false });
  });

  it("has the agent's port without a path while it does not run", () => {
    const devices = "<channel type='unix'><target type='virtio' name='org.ballast.agent.0'/></channel>";
    expect(describeDomain(domainXml({ devices })).agentPort).toEqual({});
  });

  it.each([
    ["another port's name", PORT.replace("name='org.ballast.agent.0'", "name='org.qemu.guest_agent.0'")],
    ["a socket that QEMU connects to", PORT.replace("bind", "connect")],
    ["another kind of channel", PORT.replace("type='unix'", "type='pty'")],
  ])("has no agent's port with %s", (_, devices) => {
    expect(describeDomain(domainXml({ devices })).agentPort).toBeUndefined();
  });

  it.each([
    ["relative", "channel/org.ballast.agent.0"],
    ["too long for a socket", `/${"x".repeat(107)}`],
    ["with a control character", "/run/a&#10;b"],
    ["written backwards", "/run/a\u202eb"],
  ])("leaves out a path that is %s", (_, path) => {
    const devices = PORT.replace(/path='[^']*'/, `path='${path}'`);
    expect(describeDomain(domainXml({ devices })).agentPort).toEqual({ isOpen: true });
  });

  it.each([
    ["no memory", domainXml({ memory: "" })],
    ["no size in its memory", domainXml({ memory: "<memory>lots</memory>" })],
    ["a memory of nothing", domainXml({ memory: "<memory>0</memory>" })],
    ["a memory in an unknown unit", domainXml({ memory: "<memory unit='stone'>1</memory>" })],
    ["a memory beyond all numbers", domainXml({ memory: "<memory unit='TiB'>9999999999999999</memory>" })],
    ["another root", "<network><name>default</name></network>"],
    ["an end that is missing", domainXml({}).slice(0, -9)],
    ["an entity of its own", `<!DOCTYPE d [<!ENTITY a 'web1'>]>${domainXml({ name: "&a;" })}`],
    ["elements nested by the thousand", "<domain>".repeat(200_000)],
    ["a megabyte of text", domainXml({ more: `<description>${"x".repeat(1024 * 1024)}</description>` })],
    ["nothing", ""],
    ["bytes that are no text", "\u0000\u0001\ufffd"],
  ])("with %s is refused with a typed error", (_, xml) => {
    expect(() => describeDomain(xml)).toThrow(LibvirtXmlError);
  });

  it("does not grow from entities", () => {
    const bomb = "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]>";
    expect(() => describeDomain(bomb + domainXml({ more: "<description>&b;</description>" }))).toThrow(
      LibvirtXmlError,
    );
  });
});

describe("the admin's limits in a domain's metadata", () => {
  const metadata = (inside: string, namespace = "https://ballast.dev/xmlns/1") =>
    domainXml({
      more: `<metadata><ballast:guest xmlns:ballast='${namespace}'>${inside}</ballast:guest></metadata>`,
    });

  it("are a minimum, shares and a label", () => {
    const inside =
      "<ballast:min unit='MiB'>256</ballast:min><ballast:shares>2000</ballast:shares><ballast:trust>lab</ballast:trust>";
    expect(describeDomain(metadata(inside))).toMatchObject({
      settings: { minBytes: 256 * MIB, shares: 2000, trust: "lab" },
      problems: [],
    });
  });

  it("count also where the namespace is the default one", () => {
    const more =
      "<metadata><guest xmlns='https://ballast.dev/xmlns/1'><min unit='MiB'>256</min></guest></metadata>";
    expect(describeDomain(domainXml({ more })).settings).toEqual({ minBytes: 256 * MIB });
  });

  it("are not taken from another namespace", () => {
    const inside = "<ballast:min unit='MiB'>256</ballast:min>";
    expect(describeDomain(metadata(inside, "https://example.org/")).settings).toEqual({});
  });

  it("allow shares of 0, which leave the guest alone", () => {
    expect(describeDomain(metadata("<ballast:shares>0</ballast:shares>")).settings).toEqual({ shares: 0 });
  });

  it.each([
    ["<ballast:min unit='MiB'>513</ballast:min>", /<min>.*up to its memory/],
    ["<ballast:min>0</ballast:min>", /<min>/],
    ["<ballast:min unit='MiB'>half</ballast:min>", /<min>/],
    ["<ballast:shares>1000001</ballast:shares>", /<shares>.*0 to 1000000/],
    ["<ballast:shares>-1</ballast:shares>", /<shares>/],
    ["<ballast:trust>a b</ballast:trust>", /<trust>/],
    ["<ballast:maximum>1</ballast:maximum>", /not known/],
  ])("leave out %s and say why", (inside, problem) => {
    const { settings, problems } = describeDomain(metadata(inside));
    expect(settings).toEqual({});
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});
