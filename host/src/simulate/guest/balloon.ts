/** The balloon driver of a guest: moves towards its target as fast as it can, and no further than its guest has pages to give. */
import { MIB } from "../../model/bytes.ts";
import type { DriverPlan } from "../scenario.ts";
import { type Kernel, PAGE_BYTES } from "./kernel.ts";
import { SWAP_BYTES_PER_SECOND } from "./programs.ts";

/** After a failed allocation Linux' driver sleeps this long before it tries again (drivers/virtio/virtio_balloon.c). */
const RETRY_MS = 200;
/** Windows' driver stops while the system says that memory is low. */
const WINDOWS_STOPS_BELOW_BYTES = 64 * MIB;

/** One guest's balloon driver. */
export class Balloon {
  readonly #plan: DriverPlan;
  readonly #stopsBelowBytes: number;
  targetBytes: number;
  #sleepsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(plan: DriverPlan, os: "linux" | "windows", fullBytes: number) {
    this.#plan = plan;
    this.#stopsBelowBytes = os === "windows" ? WINDOWS_STOPS_BELOW_BYTES : 0;
    this.targetBytes = fullBytes;
  }

  get answers(): boolean {
    return this.#plan.kind !== "missing";
  }

  /** Whether memory is on its way to the guest. */
  isReturning(kernel: Kernel): boolean {
    return this.#plan.kind === "working" && kernel.sizeBytes < this.targetBytes;
  }

  isMoving(kernel: Kernel): boolean {
    return this.#plan.kind === "working" && Math.abs(kernel.sizeBytes - this.targetBytes) >= PAGE_GAP_BYTES;
  }

  /** Lets time pass. */
  advance(kernel: Kernel, nowMs: number, elapsedMs: number): void {
    if (this.#plan.kind !== "working") return;
    const gapBytes = this.targetBytes - kernel.sizeBytes;
    if (gapBytes > 0) {
      const most = (this.#plan.deflateBytesPerSecond * elapsedMs) / 1000;
      kernel.balloonBytes -= Math.min(gapBytes, most);
    } else if (gapBytes < 0 && nowMs >= this.#sleepsUntilMs) {
      this.#inflate(kernel, nowMs, elapsedMs, -gapBytes);
    }
  }

  #inflate(kernel: Kernel, nowMs: number, elapsedMs: number, gapBytes: number): void {
    const most = Math.min(gapBytes, (this.#plan.inflateBytesPerSecond * elapsedMs) / 1000);
    const spare =
      this.#stopsBelowBytes > 0 ? Math.max(0, kernel.availableBytes - this.#stopsBelowBytes) : most;
    const fromFree = kernel.takeForBalloon(Math.min(most, spare));
    // Linux swaps programs out for its balloon; Windows' driver stops before that.
    const swapped =
      this.#stopsBelowBytes > 0
        ? 0
        : kernel.swapOut(Math.min(most - fromFree, (SWAP_BYTES_PER_SECOND * elapsedMs) / 1000));
    const taken = fromFree + swapped;
    kernel.balloonBytes += taken;
    if (most - taken >= PAGE_BYTES) this.#sleepsUntilMs = nowMs + RETRY_MS;
  }
}

const PAGE_GAP_BYTES = MIB / 4;
