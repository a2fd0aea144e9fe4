/** Parser of `/proc/pressure/memory` (Documentation/accounting/psi.rst); pure. */

/** Share of the last 10 s in which some task waited for memory, in percent; absent when the text has none. */
export function parseSomeAvg10(text: string): number | undefined {
  const match = /^some avg10=(\d{1,6}(?:\.\d{1,6})?) /m.exec(text);
  return match === null ? undefined : Number(match[1]);
}
