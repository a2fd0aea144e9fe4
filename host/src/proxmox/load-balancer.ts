/** Proxmox VE's own load balancer (9.2 and later): it moves guests between nodes while Ballast moves memory between guests. Pure. */

/**
 * What to know of it, in words; absent: it is off. `datacenter.cfg` has one `key: value` a line, `crs` is a list of `key=value`
 * (pve-cluster, `PVE::DataCenterConfig`).
 */
export function loadBalancerNote(untrustedText: string): string | undefined {
  const crs = untrustedText.split("\n").findLast((line) => line.startsWith("crs:"));
  const options = new Set((crs ?? "").slice("crs:".length).trim().split(/,\s*/));
  const isOn = ["1", "on", "yes", "true"].some((on) => options.has(`ha-auto-rebalance=${on}`));
  return options.has("ha=dynamic") && isOn ? NOTE : undefined;
}

const NOTE =
  "datacenter.cfg: Proxmox's load balancer (crs: ha=dynamic, ha-auto-rebalance) migrates guests by their memory less what they have free, " +
  "which lending changes; leave guests that it shall not move to Ballast with auto-rebalance=0, or switch it off";
