/** All that can be fuzzed: files of `targets/`. */
export const TARGETS = [
  "frames",
  "qmp",
  "libvirt-rpc",
  "libvirt-xml",
  "proxmox",
  "command-lines",
  "config",
  "ksmtuned",
  "host-proc",
  "guest-proc",
  "http",
  "websocket",
] as const;

/** The file that exports a target. */
export function moduleOf(target: string): URL {
  return new URL(`targets/${target}.ts`, import.meta.url);
}
