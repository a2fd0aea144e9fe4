import { chownSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addressOf } from "../../host/src/libvirt/address.ts";
import { DOMAIN_MEMORY_STATS } from "../../host/src/libvirt/rpc/procedures.ts";
import { domainXml } from "../fakes/domain-xml.ts";
import { FakeLibvirtd } from "../fakes/fake-libvirtd.ts";
import { RealLibvirtd, smallDomainXml, whyNoLibvirtd } from "../fakes/real-libvirtd.ts";
import { freeze } from "../testbed/freeze.ts";
import { type ContractLibvirtd, describeLibvirtContract } from "./libvirt.contract.ts";

const missing = whyNoLibvirtd();
const NOBODY = 65_534;
/** `VIR_DOMAIN_JOB_OPERATION_BACKUP`. */
const BACKUP_JOB = 9;
/** Memory can be plugged where there is ACPI and a node of NUMA. */
const PLUGGABLE = `
  <maxMemory slots='4' unit='MiB'>1024</maxMemory><features><acpi/></features>
  <cpu><numa><cell id='0' cpus='0' memory='128' unit='MiB'/></numa></cpu>`;
const DISK =
  "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='DISK'/><target dev='vda' bus='virtio'/></disk>";
const BACKUP = `<domainbackup mode='pull'>
  <server transport='unix' socket='FOLDER/nbd'/>
  <disks><disk name='vda' type='file' backup='yes'><scratch file='FOLDER/scratch'/></disk></disks>
</domainbackup>`;

describeLibvirtContract("the fake libvirtd", async (): Promise<ContractLibvirtd> => {
  const folder = mkdtempSync(join("/tmp", "ballast-"));
  const path = join(folder, "sock");
  const fake = await FakeLibvirtd.start(path);
  const memory = "<memory unit='KiB'>131072</memory>";
  const port = (inside: string) => `<memballoon model='virtio'/><channel type='unix'>${inside}</channel>`;
  const target = "type='virtio' name='org.ballast.agent.0'";
  const source = "<source mode='bind' path='/run/c/org.ballast.agent.0'/>";
  const liveXml = domainXml({ memory, devices: port(`${source}<target ${target} state='disconnected'/>`) });
  const currentMemory = "<currentMemory unit='KiB'>98304</currentMemory>";
  const inactiveXml = domainXml({ memory, currentMemory, devices: port(`<target ${target}/>`) });
  const domain = fake.addDomain("web1", 3, liveXml, inactiveXml);
  const address = addressOf({ scope: "session" }, { runtime: folder, config: folder });
  return {
    address: { ...address, socketPaths: [`${path}-modular`, path] },
    freeze: async (isFrozen) => {
      if (isFrozen) fake.swallows = (procedure) => procedure === DOMAIN_MEMORY_STATS.number;
      else fake.answerOwed();
    },
    reset: async () => fake.reset(domain),
    backup: async (isRunning) => {
      if (isRunning) domain.job = BACKUP_JOB;
      else delete domain.job;
    },
    save: async () => fake.save(domain),
    restore: async () => fake.restore(domain),
    plugMemory: async (mib) => fake.plug(domain, mib * 1024),
    suspend: async () => fake.setState(domain, [3, 1], 3),
    resume: async () => fake.setState(domain, [1, 5], 4),
    end: async () => {
      await fake.close();
      rmSync(folder, { recursive: true });
    },
  };
});

if (missing === undefined) {
  describeLibvirtContract("the real libvirtd", async (): Promise<ContractLibvirtd> => {
    const libvirtd = await RealLibvirtd.start();
    const file = (name: string, text: string) => {
      const path = join(libvirtd.folder, name);
      writeFileSync(path, text);
      return path;
    };
    const disk = file("disk.raw", "");
    truncateSync(disk, 1024 * 1024);
    if (process.getuid?.() === 0) chownSync(disk, NOBODY, NOBODY);
    await libvirtd.define(smallDomainXml("web1", { more: PLUGGABLE, devices: DISK.replace("DISK", disk) }));
    await libvirtd.virsh("start", "web1");
    return {
      address: libvirtd.address,
      freeze: async (isFrozen) => {
        const pid = libvirtd.processOf("web1");
        if (isFrozen) await freeze(pid);
        else process.kill(pid, "SIGCONT");
      },
      reset: async () => void (await libvirtd.virsh("reset", "web1")),
      backup: async (isRunning) => {
        const path = file("backup.xml", BACKUP.replaceAll("FOLDER", libvirtd.folder));
        await libvirtd.virsh(...(isRunning ? ["backup-begin", "web1", path] : ["domjobabort", "web1"]));
      },
      save: async () => void (await libvirtd.virsh("managedsave", "web1")),
      restore: async () => void (await libvirtd.virsh("start", "web1")),
      plugMemory: async (mib) => {
        const size = `<target><size unit='MiB'>${mib}</size><node>0</node></target>`;
        const path = file("dimm.xml", `<memory model='dimm'>${size}</memory>`);
        await libvirtd.virsh("attach-device", "web1", path, "--live");
      },
      suspend: async () => void (await libvirtd.virsh("suspend", "web1")),
      resume: async () => void (await libvirtd.virsh("resume", "web1")),
      end: () => libvirtd.end(),
    };
  });
} else {
  describe.skip(`the real libvirtd (skipped: ${missing})`, () => {
    it("runs", () => expect.unreachable());
  });
}
