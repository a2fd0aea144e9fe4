import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { QemuProcess } from "../../../../host/src/model/inventory.ts";
import { entriesOf } from "../../../../host/src/plain-qemu/entries.ts";

const FOLDER = new URL("../../../fixtures/pve-configs/cmdlines/", import.meta.url);
const DEFAULTS = { min: { kind: "percent", percent: 25 }, max: { kind: "auto" }, shares: 1000 } as const;
const SAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith(".cmdline"));

function aProcess(sample: string, processId: number): QemuProcess {
  const untrustedWords = readFileSync(new URL(sample, FOLDER), "utf8").split("\0").slice(0, -1);
  const config = () => readFileSync(new URL(sample.replace(".cmdline", ".qemu.conf"), FOLDER), "utf8");
  const untrustedConfigs = new Map(
    sample.startsWith("08") ? [["/run/incus/ci-runner/qemu.conf", config()]] : [],
  );
  return { processId, untrustedWords, cwd: "/srv/fast", untrustedConfigs };
}

function processOf(words: string): QemuProcess {
  return { processId: 7, untrustedWords: words.split(" "), untrustedConfigs: new Map() };
}

describe("running QEMUs", () => {
  const { entries, problems } = entriesOf(SAMPLES.map(aProcess), DEFAULTS);

  it("become guests where no platform manages them, each by its first monitor that may be used", () => {
    expect(entries.map(({ name, qmpPath, agentPath }) => ({ name, qmpPath, agentPath }))).toEqual([
      { name: "db-1", qmpPath: "/srv/vm/db,1/qmp.sock", agentPath: "/srv/vm/db,1/agent.sock" },
      { name: "fast", qmpPath: "/srv/fast/run/fast.qmp", agentPath: undefined },
      { name: "edge", qmpPath: "/run/edge/qmp.sock", agentPath: undefined },
    ]);
    expect(entries.every(({ source, shares }) => source === "qemu" && shares === 1000)).toBe(true);
  });

  it("are named and left alone where another program keeps their monitor", () => {
    expect(problems).toEqual([expect.stringMatching(/^ci-runner: Incus/)]);
  });

  it("are named with what to do where they have no monitor or no balloon", () => {
    const found = entriesOf(
      [
        processOf("qemu-system-x86_64 -name bare -m 1G"),
        processOf("qemu-system-x86_64 -name mute -device virtio-balloon-pci"),
        processOf("/usr/bin/vim /etc/qemu-kvm"),
      ],
      DEFAULTS,
    );
    expect(found.entries).toEqual([]);
    expect(found.problems).toEqual([
      expect.stringMatching(/^bare: .*virtio-balloon-pci/),
      expect.stringMatching(/^mute: .*ballast setup qemu/),
    ]);
  });

  it("have names of their own even where their command lines give the same one, or a strange one", () => {
    const words = (n: number) => `-device virtio-balloon-pci -qmp unix:/run/${n}.qmp,server=on`;
    const twin = { ...processOf(`kvm -name web\u202e ${words(2)}`), processId: 8 };
    const names = entriesOf(
      [processOf(`kvm -name web- ${words(1)}`), twin, processOf(`kvm ${words(3)}`)],
      DEFAULTS,
    );
    expect(names.entries.map(({ name }) => name)).toEqual(["web-", "qemu-8", "qemu-7"]);
  });

  it("are left alone where two were started with one monitor, and have no port that two were started with", () => {
    const port =
      "-chardev socket,id=a,path=/run/a.agent,server=on -device virtserialport,chardev=a,name=org.ballast.agent.0";
    const one = (name: string, path: string) =>
      processOf(`kvm -name ${name} -device virtio-balloon-pci -qmp unix:${path},server=on ${port}`);
    const found = entriesOf(
      [one("a", "/run/a.qmp"), one("b", "/var/run/a.qmp"), one("c", "/run/c.qmp")],
      DEFAULTS,
    );
    expect(found.problems).toEqual([
      expect.stringMatching(/^a: another QEMU was started with its monitor/),
      expect.stringMatching(/^b: another QEMU/),
    ]);
    expect(found.entries.map(({ name }) => name)).toEqual(["c"]);
    expect(found.entries[0]).not.toHaveProperty("agentPath");
  });
});
