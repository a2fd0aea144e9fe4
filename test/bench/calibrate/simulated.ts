/** Owns the same measurements in the simulator. */
import { MIB } from "../../../host/src/model/bytes.ts";
import type { Controller, WorldView } from "../../../host/src/simulate/controller.ts";
import type { GuestPlan, Phase, Scenario } from "../../../host/src/simulate/scenario.ts";
import { guest, host, work } from "../../../host/src/simulate/scenarios/scenario-builder.ts";
import { TESTBED_GUEST, TESTBED_HOST } from "../../../host/src/simulate/scenarios/testbed.ts";
import { World } from "../../../host/src/simulate/world/world.ts";
import {
  CACHE_SIZES_MIB,
  FULL_BYTES,
  HOT_BYTES,
  LADDER_MIB,
  MISSES_PER_SECOND,
  type ReadSpeed,
  SETTLE_MS,
  type Sizes,
  type Speeds,
  SQUEEZED_BYTES,
  TOUCHED_BYTES,
  WATCH_MS,
} from "./setup.ts";

const NAME = "one";
const REST_MS = 5_000;
const LOOK_MS = 5;
const ROOMY_BYTES = 8_192 * MIB;

/** A balloon moved by hand: sizes from moments on. */
interface Step {
  readonly atMs: number;
  readonly bytes: number;
}

/** Moves the balloon as told; gives a guest that demands all of its memory where it `helps`. */
class ByHand implements Controller {
  readonly name = "by hand";
  readonly tickMs = LOOK_MS;
  readonly #steps: Step[];
  readonly #helps: boolean;

  constructor(steps: readonly Step[], helps: boolean) {
    this.#steps = [...steps];
    this.#helps = helps;
  }

  tick(world: WorldView): number {
    for (let step = this.#steps[0]; step !== undefined && step.atMs <= world.nowMs; step = this.#steps[0]) {
      world.setTarget(NAME, step.bytes);
      this.#steps.shift();
    }
    return LOOK_MS;
  }

  demanded(world: WorldView, name: string): void {
    if (this.#helps) world.setTarget(name, FULL_BYTES);
  }
}

function run(
  phases: readonly Phase[],
  steps: readonly Step[],
  durationMs: number,
  watch: (world: World) => void,
  options: Partial<GuestPlan> & { readonly helps?: boolean } = {},
): void {
  const { helps = false, ...plan } = options;
  const scenario: Scenario = {
    name: "calibration",
    title: "",
    description: "",
    durationMs,
    warmUpMs: 0,
    host: host(ROOMY_BYTES, 0, TESTBED_HOST),
    guests: [guest(NAME, FULL_BYTES, phases, { ...TESTBED_GUEST, ...plan })],
    accounting: "resident",
  };
  new World(scenario, new ByHand(steps, helps), new Map([[NAME, FULL_BYTES]])).run(LOOK_MS, watch);
}

function only(world: World) {
  const [first] = world.guests;
  if (first === undefined) throw new RangeError("a world without guests");
  first.guest.advance(world.nowMs);
  return first;
}

const IDLE = work({ anonBytes: 0 });

/** Compare with `balloonSpeeds` of real-guest.ts. */
export function balloonSpeeds(): Speeds {
  const upAtMs = REST_MS + 10_000;
  let downMs: number | undefined;
  let upMs: number | undefined;
  const steps = [
    { atMs: REST_MS, bytes: SQUEEZED_BYTES },
    { atMs: upAtMs, bytes: FULL_BYTES },
  ];
  run(IDLE, steps, upAtMs + REST_MS, (world) => {
    const { actualBytes } = only(world);
    if (actualBytes < SQUEEZED_BYTES + MIB) downMs ??= world.nowMs - REST_MS;
    if (world.nowMs > upAtMs && actualBytes > FULL_BYTES - MIB) upMs ??= world.nowMs - upAtMs;
  });
  const speed = (ms: number | undefined) => ((FULL_BYTES - SQUEEZED_BYTES) * 1000) / (ms ?? Number.NaN);
  return { inflateBytesPerSecond: speed(downMs), deflateBytesPerSecond: speed(upMs) };
}

/** Compare with `sizes`. */
export function sizes(): Sizes[] {
  const found: Sizes[] = [];
  const steps = LADDER_MIB.map((mib, i) => ({ atMs: i * REST_MS, bytes: mib * MIB }));
  run(IDLE, steps, steps.length * REST_MS, (world) => {
    const step = steps.find(({ atMs }) => atMs + REST_MS - LOOK_MS === world.nowMs);
    if (step === undefined) return;
    const { kernel } = only(world).guest;
    found.push({ sizeBytes: step.bytes, availableBytes: kernel.availableBytes });
  });
  return found;
}

/** Compare with `killMs`. */
export function killMs(bytesPerSecond: number): number | undefined {
  let killedMs: number | undefined;
  const steps = [{ atMs: 0, bytes: SQUEEZED_BYTES }];
  const burst = { fromMs: REST_MS, anonBytes: TOUCHED_BYTES, touchBytesPerSecond: bytesPerSecond };
  run(work({ anonBytes: 0 }, burst), steps, REST_MS + 20_000, (world) => {
    if (only(world).guest.work.kills > 0) killedMs ??= world.nowMs - REST_MS;
  });
  return killedMs;
}

/** Compare with `readSpeeds`. */
export function readSpeeds(): ReadSpeed[] {
  const { hitUs = 0 } = TESTBED_GUEST;
  const found: ReadSpeed[] = [];
  const eachMs = SETTLE_MS + WATCH_MS;
  const steps = CACHE_SIZES_MIB.map((mib, i) => ({ atMs: i * eachMs, bytes: mib * MIB }));
  let before = { reads: 0, refaultPages: 0 };
  // One reader that never pauses.
  const phases = work({ anonBytes: 0, hotBytes: HOT_BYTES, readsPerSecond: 1e6 / hitUs });
  const watch = (world: World) => {
    const { kernel, programs } = only(world).guest;
    const now = { reads: programs.reads, refaultPages: kernel.counters.refaultPages };
    if (steps.some(({ atMs }) => atMs + SETTLE_MS === world.nowMs)) before = now;
    const step = steps.find(({ atMs }) => atMs + eachMs - LOOK_MS === world.nowMs);
    if (step === undefined) return;
    found.push({
      sizeBytes: step.bytes,
      availableBytes: kernel.availableBytes,
      readsPerSecond: ((now.reads - before.reads) * 1000) / (WATCH_MS - LOOK_MS),
      refaultsPerSecond: ((now.refaultPages - before.refaultPages) * 1000) / (WATCH_MS - LOOK_MS),
    });
  };
  run(phases, steps, steps.length * eachMs, watch, { missUs: 1e6 / MISSES_PER_SECOND });
  return found;
}

/** From an agent's demand in a burst at full speed to memory seen; compare with bench:latency's whole loop. */
export function roundTripMs(touchBytesPerSecond: number): number | undefined {
  let last: number | undefined;
  const steps = [{ atMs: 0, bytes: SQUEEZED_BYTES }];
  const phases = work({ anonBytes: 0 }, { fromMs: REST_MS, anonBytes: TOUCHED_BYTES, touchBytesPerSecond });
  run(phases, steps, 2 * REST_MS + 5_000, (world) => (last = only(world).report?.roundTripMs ?? last), {
    helps: true,
  });
  return last;
}
