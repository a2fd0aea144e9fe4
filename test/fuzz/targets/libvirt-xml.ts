/** A domain's XML, of which the metadata is anybody's. */
import { describeDomain } from "../../../host/src/libvirt/domain-xml.ts";
import { LibvirtXmlError } from "../../../host/src/libvirt/rpc/errors.ts";
import { allowing, bytesOf, type FuzzTarget, promiseSizes, textOf } from "../target.ts";

export const target: FuzzTarget = {
  seeds: [
    `<domain type='kvm' id='3'><name>web1</name><uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid>
<memory unit='KiB'>1048576</memory><currentMemory unit='KiB'>524288</currentMemory>
<metadata><b:settings xmlns:b="https://ballast.dev/xmlns/1" min="256 MiB" shares="1000" trust="strict"/></metadata>
<memoryBacking><hugepages/><locked/><nosharepages/><access mode='shared'/></memoryBacking>
<devices><channel type='unix'><source mode='bind' path='/run/a.sock'/><target type='virtio' name='org.ballast.agent.0' state='connected'/></channel>
<hostdev mode='subsystem' type='pci' managed='yes'/><memory model='dimm'><target><size unit='KiB'>524287</size></target></memory>
<memballoon model='virtio' autodeflate='on' freePageReporting='on'><stats period='10'/><alias name='balloon0'/></memballoon></devices></domain>`,
    "<domain><memory unit='GiB'>4</memory><devices><memballoon model='none'/></devices></domain>",
  ].map(bytesOf),
  words: [
    "<",
    "/>",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>",
    "&a;",
    "&#x0;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "xmlns:b=",
    "unit='EiB'",
  ],
  run: (untrustedBytes) =>
    allowing(LibvirtXmlError, () => promiseSizes(describeDomain(textOf(untrustedBytes)))),
};
