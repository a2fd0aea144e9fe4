/** A guest's memory in virtual time: what uses it, what its balloon holds, and what the agent would read of it. */
import type { GuestTraits, MemorySample } from "../../guest/src/sample/memory-sample.ts";

const PAGE_BYTES = 4096;

/** Sizes in bytes; change them and take the next sample. */
export class FakeGuestMemory {
  readonly fullBytes: number;
  readonly traits: GuestTraits;
  balloonBytes: number;
  /** Programs' memory. */
  anonymousBytes: number;
  /** Clean file cache. */
  fileBytes = 0;
  /** How much of the cache MemAvailable does not count, as the kernel does while the cache is small. */
  uncountedFileBytes = 0;
  refaultFilePages = 0;
  allocationStalls = 0;
  someStallUs = 0;
  oomKills = 0;

  constructor(
    sizes: { fullBytes: number; balloonBytes: number; anonymousBytes: number },
    deflateOnOom = false,
  ) {
    this.fullBytes = sizes.fullBytes;
    this.balloonBytes = sizes.balloonBytes;
    this.anonymousBytes = sizes.anonymousBytes;
    this.traits = { pageSizeBytes: PAGE_BYTES, balloon: true, deflateOnOom };
  }

  get availableBytes(): number {
    return this.fullBytes - this.balloonBytes - this.anonymousBytes - this.uncountedFileBytes;
  }

  sample(sampledAtMs: number): MemorySample {
    return {
      sampledAtMs,
      meminfo: {
        totalBytes: this.traits.deflateOnOom ? this.fullBytes : this.fullBytes - this.balloonBytes,
        availableBytes: Math.max(0, this.availableBytes),
        freeBytes: Math.max(0, this.fullBytes - this.balloonBytes - this.anonymousBytes - this.fileBytes),
        fileBytes: this.fileBytes,
      },
      counters: {
        sampledAtMs,
        vmstat: {
          balloonInflatePages: this.balloonBytes / PAGE_BYTES,
          balloonDeflatePages: 0,
          refaultFilePages: this.refaultFilePages,
          allocationStalls: this.allocationStalls,
          oomKills: this.oomKills,
        },
        pressure: { someStallUs: this.someStallUs, fullStallUs: 0 },
      },
      slow: {},
    };
  }
}
