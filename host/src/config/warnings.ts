/** What a config says without effect, or with less than it says. */
import { type ConfigFinding, unkeptMinima } from "./cross-checks.ts";
import { platformMonitors } from "./platform-monitors.ts";
import type { ConfigFile } from "./schema.ts";

/** What does less than it says, or nothing to do at all. */
export function warningsOf(config: ConfigFile): ConfigFinding[] {
  const warnings: ConfigFinding[] = [...unkeptMinima(config), ...platformMonitors(config)];
  const { static: listed, proxmox, libvirt, qemu } = config.guests;
  const isFound = proxmox.enabled !== false || libvirt.enabled !== false || qemu !== false;
  if (listed.length === 0 && !isFound) {
    const advice =
      "list guests beneath guests.static, or let guests.proxmox, guests.libvirt or guests.qemu find them";
    warnings.push({ path: ["guests", "static"], message: "no guests: there is nothing to manage", advice });
  }
  return warnings;
}
