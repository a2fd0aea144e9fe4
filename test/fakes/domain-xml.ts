/** Domains' XML as libvirt 9 writes it, cut down to what is read. */

export interface DomainXmlParts {
  readonly name?: string;
  readonly uuid?: string;
  readonly memory?: string;
  readonly currentMemory?: string;
  /** Inside `<devices>`. */
  readonly devices?: string;
  /** Anything else below `<domain>`. */
  readonly more?: string;
}

export function domainXml({
  name = "web1",
  uuid = "787781d3-7078-4523-8475-72dabe5f25ae",
  memory = "<memory unit='KiB'>524288</memory>",
  currentMemory = "<currentMemory unit='KiB'>393216</currentMemory>",
  devices = "<memballoon model='virtio'/>",
  more = "",
}: DomainXmlParts = {}): string {
  return `<domain type='kvm' id='3'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  ${more}
  ${memory}
  ${currentMemory}
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    ${devices}
  </devices>
</domain>
`;
}
