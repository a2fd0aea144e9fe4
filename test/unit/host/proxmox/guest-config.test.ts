import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseGuestConfig } from "../../../../host/src/proxmox/guest-config.ts";

const FOLDER = new URL("../../../fixtures/pve-configs/", import.meta.url);
const MIB = 1024 * 1024;
const { files } = JSON.parse(readFileSync(new URL("expected.json", FOLDER), "utf8"));

function read(vmid: string) {
  return parseGuestConfig(Number(vmid), readFileSync(new URL(`${vmid}.conf`, FOLDER), "utf8"));
}

describe("a guest's configuration of Proxmox", () => {
  const samples = readdirSync(FOLDER).flatMap((name) => /^(\d+)\.conf$/.exec(name)?.[1] ?? []);

  it("is sampled 25 times", () => {
    expect(samples).toHaveLength(25);
  });

  it.each(samples)("is read as Proxmox reads it: %s", (vmid) => {
    const is = read(vmid);
    const want = files[vmid];
    expect({
      name: is.name,
      max: is.maxBytes / MIB,
      min: is.minBytes / MIB,
      shares: is.shares ?? null,
      verdict: is.verdict,
      why: is.why,
      hold: is.lock,
      handOver: is.handOver,
      agentSocket: is.agentSocket,
      ownMonitor: is.ownMonitor,
      snapshots: is.snapshots,
      pending: [...is.pending].sort(),
      problems: is.problems.length,
    }).toEqual({
      name: want.name,
      max: want.max,
      min: want.min,
      shares: want.shares,
      verdict: want.verdict,
      why: want.why,
      hold: want.hold,
      handOver: want.handOver,
      agentSocket: want.agentSocket,
      ownMonitor: want.ownMonitor,
      snapshots: want.snapshots ?? [],
      pending: [...(want.pending ?? [])].sort(),
      problems: want.problems?.length ?? 0,
    });
    expect(is.flags).toEqual(expect.arrayContaining(want.flags ?? []));
    if (want.alsoReport === "inflated-by-proxmox-at-start") expect(is.startsInflated).toBe(true);
  });

  it("gives an admin no text of it that could harm a terminal, and none without end", () => {
    const evil = `a\u202e\u001b[2J\u3164${"x".repeat(100_000)}`;
    const text = `name: ${evil}\nlock: ${evil}\nshares: ${evil}\n${evil}\n${"K".repeat(100_000)}: 1\n`;
    const { lock, problems } = parseGuestConfig(100, text);
    const texts = [lock, ...problems.map((problem) => problem.text)];
    expect(texts).toHaveLength(5);
    for (const shown of texts) expect(shown).toMatch(/^[ -~]{1,120}….{0,40}$/);
  });

  it("names each line that it cannot read, with its number", () => {
    expect(read("123").problems.map(({ line, text }) => `${line}: ${text}`)).toEqual([
      "1: Memory: unknown key, keys are lower case",
      "2: balloon: not a whole number",
      "4: memory: not a whole number from 16 on, Proxmox falls back on 512",
      "7: shares: none is not a whole number",
      '9: a line that is no setting: "this is not a setting"',
    ]);
  });

  it("is never more than its first lines of nonsense, whatever is in the file", () => {
    const { problems, maxBytes } = parseGuestConfig(1, "\u0007 [x\n".repeat(10_000));
    expect(problems).toHaveLength(20);
    expect(problems[0]?.text).not.toContain("\u0007");
    expect(maxBytes).toBe(512 * MIB);
    expect(parseGuestConfig(1, "a".repeat(10_000_000)).problems).toHaveLength(1);
    expect(parseGuestConfig(1, "balloon: 1G\n".repeat(10_000)).problems).toHaveLength(20);
  });
});

/** Each as `PVE::QemuServer::parse_vm_config` (qemu-server 9.2.6) reads it. */
describe("what hands write into a configuration", () => {
  const is = (text: string) => {
    const { maxBytes, minBytes, ...rest } = parseGuestConfig(100, text);
    return { ...rest, max: maxBytes / MIB, min: minBytes / MIB };
  };

  it.each([
    ["memory: current=4096", 4096],
    ["memory: 4096,", 4096],
    ["memory: +4096", 4096],
    ["memory: 0000000004096", 4096],
    ["memory: 4096\nmemory: 4G", 4096],
    ["memory: 4096\nmemory: 15", 4096],
    ["memory: 4096,current=4096", 512],
    ["memory: 4096\u00a0", 512],
    ["\ufeffmemory: 4096", 512],
    [" memory: 4096", 512],
    ["memory : 4096", 512],
    ["memory:\t4096\r", 4096],
  ])("is so much memory: %j", (text, mib) => {
    expect(is(text).max).toBe(mib);
  });

  it.each(["balloon: current=1024", "balloon: +1024", "balloon: 1024M", "balloon: -1", "balloon:"])(
    "is no minimum: %j",
    (line) => {
      const { min, problems } = is(`memory: 4096\n${line}`);
      expect(min).toBe(4096);
      expect(problems).toMatchObject([{ line: 2 }]);
    },
  );

  it.each([
    ["template: yes", ["template"]],
    ["template: On", ["template"]],
    ["template: 1\ntemplate: perhaps", ["template"]],
    ["template: 1\ntemplate: off", []],
    ["hugepages: any", ["hugepages"]],
    ['hugepages: "1024"', ["hugepages"]],
    ["hugepages: 2\nhugepages: 0", []],
    ["hugepages:", []],
    ["hostpci0:", []],
    ["hostpci3: mapping=gpu,mdev=nvidia-63", ["passthrough"]],
    ["amd-sev: type=snp", ["confidential"]],
    ["args: -device 'vfio-pci,host=01:00.0'", ["passthrough"]],
    ["args: -device vfio-pci,host=01:00.0\nargs: -no-reboot", []],
    ["balloon: 0", ["no-balloon-device"]],
  ])("stands against driving it, or does not: %j", (text, why) => {
    expect(is(`memory: 4096\nballoon: 1024\nshares: 0\n${text}`).why).toEqual(why);
  });

  it.each([
    ["hotplug: disk;memory", ["memory-hotplug"]],
    ["hotplug: memory, cpu", ["memory-hotplug"]],
    ["hotplug: memory\nhotplug: everything", ["memory-hotplug"]],
    ["hotplug: 1", []],
    ["freeze: yes", ["starts-paused"]],
    ["allow-ksm: off", ["ksm-off"]],
    ["allow-ksm: 1", []],
    ['ostype: "win11"', ["windows"]],
  ])("is worth knowing: %j", (text, flags) => {
    expect(is(text).flags).toEqual(flags);
  });

  it("has a lock with quotes around it, and none that is 0", () => {
    expect(is('lock: "backup"').lock).toBe("backup");
    expect(is("lock: 0").lock).toBeUndefined();
  });

  it("leaves out a name that DNS does not know, and says so", () => {
    expect(is("name: my_server").name).toBeUndefined();
    expect(is("name: web-1.example.com\nname: -x")).toMatchObject({
      name: "web-1.example.com",
      problems: [{ line: 2, text: expect.stringContaining("no DNS name") }],
    });
  });

  it("reads no second section but the later of two, and names it", () => {
    const text = "memory: 4096\n[PENDING]\nballoon: 1\n[pending] \nmemory: 8192\n[snap]\n[snap]\nmemory: 1\n";
    expect(is(text)).toMatchObject({
      max: 4096,
      pending: ["memory"],
      snapshots: ["snap"],
      problems: [{ line: 4 }, { line: 7 }],
    });
  });

  it("takes for a snapshot what Proxmox takes for one: two letters at least", () => {
    const text = "[a]\nmemory: 1\n[ab]\nmemory: 2\n[1st]\n[snap-1_x]\n[special:cloudinit]\n[]\nmemory: 3";
    expect(is(text)).toMatchObject({ max: 512, snapshots: ["ab", "snap-1_x"], problems: [] });
  });

  it("knows a line of the description from a setting, and `delete` beneath [PENDING] alone", () => {
    expect(
      is("#memory: 4096\n# %0Amemory: 4096\nsnapstate: delete\ndelete: balloon\n[PENDING]\ndelete: memory"),
    ).toMatchObject({ max: 512, pending: ["delete"], problems: [{ line: 4 }] });
  });
});
