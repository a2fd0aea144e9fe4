/** Owns the host's end of a real guest's agent in a benchmark, and when its frames came; it gives the guest nothing. */
import { createAgentChannel } from "../../../host/src/agents/virtio-channel.ts";
import { DEFAULT_TUNING } from "../../../host/src/model/settings.ts";

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface Frames {
  /** From each frame, report or demand, to the next, in milliseconds. */
  readonly gapsMs: readonly number[];
}

/** Hears the agent behind QEMU's socket at `path`; `restart` forgets what came so far. */
export function listenTo(path: string): { restart(): void; close(): Promise<Frames> } {
  let atMs: number[] = [];
  const heard = () => void atMs.push(performance.now());
  const channel = createAgentChannel({
    path,
    guestName: "starving",
    clock: { nowMs: () => performance.now(), wallMs: () => Date.now() },
    log: QUIET,
    tuning: { heartbeatMs: 1000 },
    staleAfterMs: DEFAULT_TUNING.staleAfterMs,
    listener: {
      fullBytes: () => undefined,
      uncountedBytes: () => 0,
      onSizeDoubted: () => {},
      onBoot: () => {},
      onReport: heard,
      onDemand: heard,
      onSession: () => {},
    },
  });
  return {
    restart: () => {
      atMs = [];
    },
    close: async () => {
      await channel.close();
      return { gapsMs: atMs.slice(1).map((at, index) => at - (atMs[index] ?? at)) };
    },
  };
}
