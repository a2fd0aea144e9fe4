import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addressOf } from "../../host/src/libvirt/address.ts";
import { DOMAIN_MEMORY_STATS } from "../../host/src/libvirt/rpc/procedures.ts";
import { domainXml } from "../fakes/domain-xml.ts";
import { FakeLibvirtd } from "../fakes/fake-libvirtd.ts";
import { RealLibvirtd, smallDomainXml, whyNoLibvirtd } from "../fakes/real-libvirtd.ts";
import { type ContractLibvirtd, describeLibvirtContract } from "./libvirt.contract.ts";

const missing = whyNoLibvirtd();

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
    freeze: (isFrozen) => {
      if (isFrozen) fake.swallows = (procedure) => procedure === DOMAIN_MEMORY_STATS.number;
      else fake.answerOwed();
    },
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
    await libvirtd.define(smallDomainXml("web1"));
    await libvirtd.virsh("start", "web1");
    return {
      address: libvirtd.address,
      freeze: (isFrozen) => {
        process.kill(libvirtd.processOf("web1"), isFrozen ? "SIGSTOP" : "SIGCONT");
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
