/**
 * Reads one argument of QEMU: `driver=x,key=value,…` with a doubled comma for a comma in a value (QEMU's `util/keyval.c` and
 * `util/qemu-option.c`), or the same as JSON. Pure.
 */

/** What an option says, by key; switches are `on` and `off`. */
export type QemuOptions = ReadonlyMap<string, string>;

/** Deeper or longer than anything that QEMU is started with. */
const LONGEST_ARGUMENT = 64 * 1024;

/** Words without value that older versions of QEMU take as switches. */
const OLD_SWITCHES: Readonly<Record<string, readonly [key: string, value: string]>> = {
  nowait: ["wait", "off"],
  noserver: ["server", "off"],
};

/** `impliedKey` names the first word where it stands without one; an argument that cannot be read says nothing. */
export function parseOptions(untrustedText: string, impliedKey: string): QemuOptions {
  if (untrustedText.length > LONGEST_ARGUMENT) return new Map();
  return untrustedText.startsWith("{") ? parseJson(untrustedText) : parseKeyValues(untrustedText, impliedKey);
}

function parseKeyValues(text: string, impliedKey: string): QemuOptions {
  const options = new Map<string, string>();
  // A comma that is not doubled ends a part; NUL cannot stand in an argument of a process.
  const parts = text.replaceAll(",,", "\0").split(",");
  for (const [index, part] of parts.entries()) {
    const whole = part.replaceAll("\0", ",");
    const at = whole.indexOf("=");
    if (at > 0) options.set(whole.slice(0, at), whole.slice(at + 1));
    else if (index === 0) options.set(impliedKey, whole);
    else if (whole !== "") options.set(...(OLD_SWITCHES[whole] ?? [whole, "on"]));
  }
  return options;
}

function parseJson(text: string): QemuOptions {
  const options = new Map<string, string>();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return options;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return options;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === "boolean") options.set(key, inner ? "on" : "off");
    else if (typeof inner === "string" || typeof inner === "number") options.set(key, String(inner));
  }
  return options;
}

/** Whether a switch is on, as QEMU reads it (`qapi_bool_parse`). */
export function isOn(options: QemuOptions, key: string): boolean {
  return /^(?:on|yes|true|y)$/.test(options.get(key) ?? "");
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** A size of QEMU in bytes (`qemu_strtosz`); a number without unit counts in `unitBytes`. Absent: not a size. */
export function sizeBytes(text: string | undefined, unitBytes: number): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([bkmgt]?)$/i.exec(text?.trim() ?? "") ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const bytes = Math.round(Number(digits) * (unit === "" ? unitBytes : (UNITS[unit.toLowerCase()] ?? 1)));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
