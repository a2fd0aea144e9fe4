/** Parses /proc/zoneinfo for what the kernel keeps back (kernel: mm/page_alloc.c, calculate_totalreserve_pages). */

interface Zone {
  highPages: number;
  managedPages: number;
  protectionPages: number;
}

const FIELD = /^\s+(high|managed)\s+(\d{1,15})$/;
const PROTECTION = /^\s+protection: \((\d{1,15}(?:, ?\d{1,15})*)\)$/;

/**
 * Pages that MemAvailable does not count: over all zones the high watermark plus the largest lowmem protection,
 * no zone counting for more than it manages. Absent when the text holds no zone.
 */
export function parseReservePages(zoneinfo: string): number | undefined {
  const zones: Zone[] = [];
  for (const line of zoneinfo.split("\n")) {
    if (/^Node \d+, zone /.test(line)) zones.push({ highPages: 0, managedPages: 0, protectionPages: 0 });
    const zone = zones.at(-1);
    if (zone) readLine(line, zone);
  }
  if (zones.length === 0) return undefined;
  let reservePages = 0;
  for (const zone of zones) {
    reservePages += Math.min(zone.highPages + zone.protectionPages, zone.managedPages);
  }
  return reservePages;
}

function readLine(line: string, zone: Zone): void {
  const field = FIELD.exec(line);
  if (field?.[1] === "managed") zone.managedPages = Number(field[2]);
  // Later lines of a zone (its per-CPU lists) also say "high:", with a colon, and do not match.
  else if (field) zone.highPages = Number(field[2]);
  const protection = PROTECTION.exec(line);
  if (protection) zone.protectionPages = Math.max(...(protection[1] ?? "").split(",").map(Number));
}
