/** Parts of the config that have their names already but not yet their function. */
import { type ConfigFinding, unkeptMinima } from "./cross-checks.ts";
import { platformMonitors } from "./platform-monitors.ts";
import type { ConfigFile } from "./schema.ts";

/** What would silently not work is refused. */
export function notInThisRelease(config: ConfigFile): ConfigFinding[] {
  const { libvirt } = config.guests;
  const parts: [boolean, readonly string[], string, string][] = [
    [
      libvirt.enabled === true,
      ["guests", "libvirt", "enabled"],
      "finding guests through libvirt",
      "enabled: auto",
    ],
  ];
  return parts
    .filter(([isUsed]) => isUsed)
    .map(([, path, what, instead]) => ({
      path,
      message: `not in this release: ${what}`,
      advice: `write ${instead}`,
    }));
}

/** What does less than it says, or nothing to do at all. */
export function warningsOf(config: ConfigFile): ConfigFinding[] {
  const warnings: ConfigFinding[] = [...unkeptMinima(config), ...platformMonitors(config)];
  const { static: listed, proxmox, qemu } = config.guests;
  if (listed.length === 0 && proxmox.enabled === false && qemu === false) {
    const advice = "list guests beneath guests.static, or let guests.proxmox or guests.qemu find them";
    warnings.push({ path: ["guests", "static"], message: "no guests: there is nothing to manage", advice });
  }
  return warnings;
}
