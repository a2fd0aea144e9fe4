/** Owns reading a guest's memory figures out of its own words; pure. */

/** Some lines of /proc/meminfo, in bytes; `undefined` where the guest's kernel does not say. */
export interface GuestMeminfo {
  readonly totalBytes: number | undefined;
  readonly freeBytes: number | undefined;
  readonly availableBytes: number | undefined;
  readonly cachedBytes: number | undefined;
  readonly anonBytes: number | undefined;
  readonly slabBytes: number | undefined;
}

/** What the guest's out-of-memory killer has done since boot. */
export interface OomKills {
  /** `oom_kill` of /proc/vmstat. */
  readonly count: number;
  /** Names of the killed, from the console. */
  readonly victims: readonly string[];
}

/** Statistics that the balloon driver reports, in bytes or counts; what it does not know is left out. */
export type GuestStats = Readonly<Record<string, number>>;

/** Reads the text of /proc/meminfo. */
export function parseMeminfo(text: string): GuestMeminfo {
  const field = (name: string) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  };
  return {
    totalBytes: field("MemTotal"),
    freeBytes: field("MemFree"),
    availableBytes: field("MemAvailable"),
    cachedBytes: field("Cached"),
    anonBytes: field("AnonPages"),
    slabBytes: field("Slab"),
  };
}

/** Reads kills from `oom_kill N` of /proc/vmstat and from the kernel's messages on the console. */
export function parseOomKills(vmstat: string, console: string): OomKills {
  const count = Number(/^oom_kill (\d+)$/m.exec(vmstat)?.[1] ?? 0);
  const victims = [...console.matchAll(/Out of memory[^\n]*: Killed process \d+ \(([^)]*)\)/g)];
  return { count, victims: victims.map((match) => match[1] ?? "") };
}

/** Reads `guest-stats` of the balloon device (QEMU qapi); a value of 2^64-1 means that the driver did not say. */
export function parseGuestStats(answer: unknown): GuestStats {
  const stats = (answer as { stats?: Record<string, number> }).stats ?? {};
  return Object.fromEntries(Object.entries(stats).filter(([, value]) => Number.isSafeInteger(value)));
}
