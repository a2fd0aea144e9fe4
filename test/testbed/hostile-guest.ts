/** A guest that attacks its host over its own port: each attack sends what it can at every step, for as long as it is let. */
import { encodeEnvelope, encodeFrame, type Message } from "@ballast/proto";
import { MIB } from "../../host/src/model/bytes.ts";

/** The guest's end of the port. */
export interface HostilePort {
  /** Raw bytes of the stream. */
  write(bytes: Uint8Array): void;
  /** One frame of the session. */
  say(message: Message): void;
  /** Begins a session anew, without waiting for the answer. */
  hello(): void;
  readonly session: string | undefined;
}

/** What the guest knows of itself. */
export interface HostileView {
  readonly sizeBytes: number;
  readonly fullBytes: number;
  /** Counts up with each step. */
  readonly step: number;
}

export type Attack = (port: HostilePort, view: HostileView) => void;

/** Frames at each step: together far more than an agent sends in a minute. */
const MANY = 200;
const NOISE = Buffer.alloc(64 * 1024, "no frame at all ");
/** magic and version as a frame has them, then a length above the limit. */
const OVERSIZED = Buffer.concat([encodeFrame(new Uint8Array(65_536)).subarray(0, 12), NOISE]);

const times = (count: number, act: (index: number) => void) => {
  for (let index = 0; index < count; index++) act(index);
};

function report(view: HostileView, availableBytes: number, more: object = {}): Message {
  const { sizeBytes, fullBytes, step } = view;
  const known = { totalBytes: sizeBytes, balloonBytes: fullBytes - sizeBytes, pressure: "none" } as const;
  return { type: "report", sampledAtMs: 3_600_000 + step * 20, ...known, availableBytes, ...more };
}

function demand(needBytes: number): Message {
  return { type: "demand", level: "critical", needBytes };
}

/** A frame that was recorded in an earlier session. */
const RECORDED = encodeFrame(
  encodeEnvelope({ session: "00000000000000a1", sequence: 7, message: demand(512 * MIB) }),
);

/** By what they are. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "a flood of reports": (port, view) => times(MANY, () => port.say(report(view, view.sizeBytes / 2))),
  "endless demands for all that there is": (port, view) =>
    times(MANY, () => port.say(demand(view.fullBytes))),
  "demands for more than a number can be": (port) =>
    times(MANY, () => port.say(demand(Number.MAX_SAFE_INTEGER))),
  noise: (port) => port.write(NOISE),
  "oversized frames": (port) => port.write(OVERSIZED),
  "half frames": (port) => times(MANY, () => port.write(RECORDED.subarray(0, RECORDED.length / 2))),
  "replays of a recorded session": (port) => times(MANY, () => port.write(RECORDED)),
  "a new session each time, thousands of them": (port) => times(MANY, () => port.hello()),
  "the lie that it has nothing left": (port, view) => {
    port.say(report(view, 0, { pressure: "critical", growthBytesPerSecond: Number.MAX_SAFE_INTEGER }));
    port.say(demand(view.fullBytes));
  },
  "the lie that all is free, and none as soon as its balloon moves": (port, view) => {
    const isTaken = view.sizeBytes < view.fullBytes;
    port.say(report(view, isTaken ? 0 : view.sizeBytes, { pressure: isTaken ? "critical" : "none" }));
    if (isTaken) port.say(demand(view.fullBytes));
  },
  "figures that cannot be, and clocks that run backwards": (port, view) => {
    port.say(report(view, 2 * view.fullBytes));
    port.say({
      ...report(view, 0, { swapInPagesTotal: Number.MAX_SAFE_INTEGER }),
      sampledAtMs: 1e9 - view.step,
    } as Message);
  },
  "all of it at once": (port, view) => {
    for (const [name, attack] of Object.entries(ATTACKS))
      if (name !== "all of it at once") attack(port, view);
  },
};
