/** JSON as QMP uses it: commands out, values in; pure. */

export type JsonObject = { readonly [key: string]: unknown };

/** One command as a line (docs/interop/qmp-spec, "Issuing Commands"). */
export function encodeCommand(id: number, command: string, args?: object): string {
  return `${JSON.stringify({ execute: command, arguments: args, id })}\n`;
}

/**
 * A size or counter as QEMU reports it, or `undefined` where QEMU reports none. Unset statistics are 2^64-1 on
 * the wire, which `JSON.parse` rounds to 18446744073709552000: whatever is not a safe integer is not reported.
 */
export function reported(untrustedNumber: unknown): number | undefined {
  return Number.isSafeInteger(untrustedNumber) && Number(untrustedNumber) >= 0
    ? Number(untrustedNumber)
    : undefined;
}

/** Whether `value` is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
