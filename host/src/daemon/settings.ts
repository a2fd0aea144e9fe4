/** What of a config each part is told, at the start and at a reload. */
import type { BrokerSettings } from "../broker/adapters.ts";
import type { KsmControllerSettings } from "../broker/ksm/adapters.ts";
import type { Config } from "../config/config.ts";
import { VERSION } from "../version.ts";
import { openInventories } from "./inventories.ts";
import type { Libvirt } from "./libvirt.ts";

/** The agents' settings: four heartbeats within the time after which a report is stale. */
const HEARTBEAT_SHARE = 1 / 4;

/** What the broker may be told, out of a config. */
export function brokerSettings(config: Config): BrokerSettings {
  return { policy: config.policy, tickMs: config.tickMs, onStop: config.onStop };
}

/** What KSM's controller may be told, out of a config. */
export function ksmSettings({ ksm, policy }: Config): KsmControllerSettings {
  return { ksm, act: policy.mode === "act" };
}

/** How guests are found, out of a config. */
export function guestSearch({ guests, inventories }: Config, libvirt: Libvirt | undefined) {
  return {
    written: { listed: guests, overrides: inventories.overrides },
    inventories: openInventories(inventories, libvirt),
  };
}

/** What agents' channels are told. */
export function channelSettings({ policy }: Config) {
  const { staleAfterMs } = policy.tuning;
  return { staleAfterMs, tuning: { heartbeatMs: Math.round(staleAfterMs * HEARTBEAT_SHARE) } };
}

/** The first line of a start or a reload, in words. */
export function startText(config: Config): string {
  const doing = config.policy.mode === "act" ? "acting" : "only observing";
  const { length } = config.guests;
  // Others are found later: "0 guests" would say that there are none.
  const count = length === 1 ? "1 guest listed" : `${length} guests listed`;
  return `ballastd ${VERSION}, ${doing}, ${count}, control socket ${config.controlSocket}`;
}
