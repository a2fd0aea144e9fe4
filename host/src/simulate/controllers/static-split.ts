/** The host is split once, as careful admins do without balloons. */
import type { Controller, ControllerMaker, ControllerSetup, WorldView } from "../controller.ts";
import { splitOf } from "../world/split.ts";

const TICK_MS = 60_000;

/** Gives each guest its share by weight at the start and at its boots; after that nothing moves. */
export class StaticSplit implements Controller {
  readonly name: string;
  readonly tickMs = TICK_MS;
  readonly #splitBytes: number;
  #isSplit = false;

  constructor(name: string, { splitBytes }: Pick<ControllerSetup, "splitBytes">) {
    this.name = name;
    this.#splitBytes = splitBytes;
  }

  tick(world: WorldView): number {
    if (!this.#isSplit)
      for (const [name, bytes] of this.#split(world))
        if (isRunning(world, name)) world.setTarget(name, bytes);
    this.#isSplit = true;
    return TICK_MS;
  }

  booted(world: WorldView, name: string): void {
    const bytes = this.#split(world).get(name);
    if (bytes !== undefined) world.setTarget(name, bytes);
  }

  #split({ guests }: WorldView): ReadonlyMap<string, number> {
    return splitOf(
      guests.map(({ name, os, fullBytes, limits }) => ({
        name,
        os,
        fullBytes,
        minBytes: limits.minBytes,
        shares: limits.shares,
      })),
      this.#splitBytes,
    );
  }
}

function isRunning(world: WorldView, name: string): boolean {
  return world.guests.some((guest) => guest.name === name && guest.bootedAtMs !== undefined);
}

/** No controller at all. */
export const STATIC_SPLIT: ControllerMaker = {
  name: "static-split",
  title: "each guest its share of the host by weight, never moved",
  make: (setup) => new StaticSplit("static-split", setup),
};
