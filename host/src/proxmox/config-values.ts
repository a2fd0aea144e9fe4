/**
 * Values of a guest's configuration, typed as Proxmox VE types them (`check_type` in `PVE::QemuServer`, `parse_property_string` in
 * `PVE::JSONSchema`). Of equal keys the last counts whose value can be read. Pure.
 */
import type { ConfigLine, ConfigProblem } from "./config-sections.ts";

/** Settings in the file's order. */
export type Settings = readonly ConfigLine[];

/** `undefined`: the value is none of this type. */
export type ReadValue<T> = (untrustedValue: string) => T | undefined;

/** Proxmox's least (`minimum` of `memory`, since 8.1); what is smaller is not read. */
const LEAST_MEMORY_MIB = 16;
/** Of DNS, which a guest's name must be. */
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`);
const FEATURES: ReadonlySet<string> = new Set(["network", "disk", "cpu", "memory", "usb", "cloudinit"]);

/** The value of a key that counts; each that cannot be read is a problem. */
export function lastOf<T>(
  settings: Settings,
  key: string,
  read: ReadValue<T>,
  problems: ConfigProblem[],
  complaint: (untrustedValue: string) => string,
): T | undefined {
  let last: T | undefined;
  for (const { value, line } of settings.filter((setting) => setting.key === key)) {
    const known = read(value);
    if (known === undefined) problems.push({ line, text: complaint(value) });
    else last = known;
  }
  return last;
}

/** Digits alone. */
export function integer(untrustedValue: string): number | undefined {
  const number = /^\d+$/.test(untrustedValue) ? Number(untrustedValue) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** `4096`, or since Proxmox VE 8.1 also `current=4096`, in MiB. */
export function memoryMib(untrustedValue: string): number | undefined {
  const parts = untrustedValue.split(",").filter((part) => !/^[ \t]*$/.test(part));
  const digits = /^(?:current=)?\+?(\d+)$/.exec(parts.length === 1 ? (parts[0] ?? "") : "")?.[1];
  const mib = integer(digits ?? "");
  return mib !== undefined && mib >= LEAST_MEMORY_MIB ? mib : undefined;
}

export function boolean(untrustedValue: string): boolean | undefined {
  if (/^(?:1|on|yes|true)$/i.test(untrustedValue)) return true;
  return /^(?:0|off|no|false)$/i.test(untrustedValue) ? false : undefined;
}

/** Any text; quotes around all of it go. */
export function text(untrustedValue: string): string {
  return /^"(.*)"$/s.exec(untrustedValue)?.[1] ?? untrustedValue;
}

export function dnsName(untrustedValue: string): string | undefined {
  return DNS_NAME.test(untrustedValue) ? untrustedValue : undefined;
}

/** Features that can be hot-plugged. */
export function hotplugFeatures(untrustedValue: string): ReadonlySet<string> | undefined {
  if (untrustedValue === "0") return new Set();
  const listed = untrustedValue === "1" ? "network,disk,usb" : untrustedValue;
  const features = listed.split(/[,;\0\s]+/).filter((feature) => feature !== "");
  return features.every((feature) => FEATURES.has(feature)) ? new Set(features) : undefined;
}

/** Whether a key is set to what Perl takes for true. */
export function isSet(settings: Settings, key: RegExp): boolean {
  const last = new Map(settings.filter((one) => key.test(one.key)).map((one) => [one.key, text(one.value)]));
  return [...last.values()].some((value) => value !== "0" && value !== "");
}
