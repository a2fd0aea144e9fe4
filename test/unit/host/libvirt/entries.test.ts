import { describe, expect, it } from "vitest";
import { describeDomain } from "../../../../host/src/libvirt/domain-xml.ts";
import { entryOf, type RunningDomain } from "../../../../host/src/libvirt/entries.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { domainXml } from "../../../fakes/domain-xml.ts";

const DEFAULTS = { min: { kind: "percent", percent: 25 }, max: { kind: "auto" }, shares: 1000 } as const;
const UUID = "787781d3-7078-4523-8475-72dabe5f25ae";
const FOLDER = "/var/lib/libvirt/qemu";
const FULL = "<currentMemory unit='KiB'>524288</currentMemory>";

const settings = (inside: string) =>
  `<metadata><b:guest xmlns:b='https://ballast.dev/xmlns/1'>${inside}</b:guest></metadata>`;

function entry(override: Partial<RunningDomain> = {}) {
  const live = describeDomain(domainXml());
  return entryOf({ uuid: UUID, id: 3, untrustedName: "web1", live, ...override }, FOLDER, DEFAULTS);
}

describe("an entry of a libvirt domain", () => {
  it("names the domain, its process's monitor, and no limits of its own", () => {
    expect(entry()).toEqual({
      name: "web1",
      source: "libvirt",
      qmpPath: "/var/lib/libvirt/qemu/domain-3-web1/monitor.sock",
      domainUuid: UUID,
      ...DEFAULTS,
    });
  });

  it("takes the minimum from the definition's currentMemory, as that is what the admin wrote", () => {
    expect(entry({ definition: describeDomain(domainXml()) }).min).toEqual({
      kind: "bytes",
      bytes: 384 * MIB,
    });
  });

  it("takes no minimum from what runs: there currentMemory is the balloon", () => {
    const live = describeDomain(domainXml({ currentMemory: "<currentMemory>131072</currentMemory>" }));
    expect(entry({ live }).min).toEqual(DEFAULTS.min);
  });

  it("takes no minimum from a currentMemory that is all of the memory: libvirt filled it in", () => {
    expect(entry({ definition: describeDomain(domainXml({ currentMemory: FULL })) }).min).toEqual(
      DEFAULTS.min,
    );
  });

  it("takes limits from the metadata first, of what runs before the definition", () => {
    const live = describeDomain(domainXml({ more: settings("<b:min unit='MiB'>100</b:min>") }));
    const definition = describeDomain(
      domainXml({
        more: settings("<b:min unit='MiB'>200</b:min><b:shares>5</b:shares><b:trust>lab</b:trust>"),
      }),
    );
    expect(entry({ live, definition })).toMatchObject({
      min: { kind: "bytes", bytes: 100 * MIB },
      shares: 5,
      trust: "lab",
    });
    expect(entry({ definition })).toMatchObject({ min: { kind: "bytes", bytes: 200 * MIB } });
  });

  it("has the agent's socket where libvirt put it", () => {
    const path = "/run/libvirt/qemu/channel/3-web1/org.ballast.agent.0";
    const devices = `<channel type='unix'><source path='${path}'/><target type='virtio' name='org.ballast.agent.0'/></channel>`;
    expect(entry({ live: describeDomain(domainXml({ devices })) }).agentPath).toBe(path);
  });

  it("goes by the UUID where the domain's name cannot be shown everywhere", () => {
    expect(entry({ untrustedName: "we b\u202e" }).name).toBe("domain-787781d3");
  });

  it("cuts a long name in the folder as libvirt does", () => {
    const untrustedName = "a-very-long-name-of-a-domain";
    expect(entry({ untrustedName }).qmpPath).toBe(
      "/var/lib/libvirt/qemu/domain-3-a-very-long-name-of-/monitor.sock",
    );
  });
});
