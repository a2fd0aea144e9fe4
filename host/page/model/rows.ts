/** One guest's row: its sizes as a bar and in words; pure. */
import { INHIBITED_TEXTS, REASON_TEXTS } from "../../src/cli/format/reasons.ts";
import { formatAge, formatSize } from "../../src/cli/format/sizes.ts";
import type { GuestStatus } from "../../src/model/status.ts";

export type MarkKind = "min" | "floor" | "target" | "max";

export interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly text: string;
}

/** Shares of the bar's width, 0…1. */
export interface Bar {
  readonly used: number;
  readonly actual: number;
  readonly marks: readonly { readonly kind: MarkKind; readonly at: number }[];
}

export interface GuestRow {
  readonly name: string;
  readonly state: GuestStatus["state"];
  /** Its own mode in words, where an admin set one. */
  readonly mode?: string;
  readonly pressure: string;
  readonly agent: string;
  readonly isAgentConnected: boolean;
  /** Its name, with its detail. */
  readonly reason: string;
  /** What it means. */
  readonly words: string;
  /** What is wrong, each in a sentence. */
  readonly problems: readonly string[];
  /** Absent while its sizes are not known. */
  readonly bar?: Bar;
  readonly sizes: readonly Size[];
}

export function guestRow(guest: GuestStatus): GuestRow {
  const bar = barOf(guest);
  return {
    name: guest.name,
    state: guest.state,
    ...(guest.mode !== undefined && { mode: MODE_TEXTS[guest.mode] }),
    pressure: guest.pressure ?? "not known",
    agent: agentText(guest.agent),
    isAgentConnected: guest.agent.connected,
    reason: guest.detail === undefined ? guest.reason : `${guest.reason}: ${guest.detail}`,
    words: wordsOf(guest),
    problems: problemsOf(guest),
    ...(bar !== undefined && { bar }),
    sizes: sizesOf(guest),
  };
}

/** Smallest first, as they stand in the bar of a guest that has what it needs. */
function sizesOf(guest: GuestStatus): Size[] {
  const all: readonly (readonly [string, number | undefined])[] = [
    ["min", guest.minBytes],
    ["used", guest.usedBytes],
    ["floor", guest.floorBytes],
    ["actual", guest.actualBytes],
    ["target", guest.targetBytes],
    ["max", guest.maxBytes],
  ];
  return all.flatMap(([name, bytes]) =>
    bytes === undefined ? [] : [{ name, bytes, text: formatSize(bytes) }],
  );
}

function barOf(guest: GuestStatus): Bar | undefined {
  const sizes = new Map(sizesOf(guest).map(({ name, bytes }) => [name, bytes]));
  const most = Math.max(...sizes.values());
  if (!sizes.has("actual") || !(most > 0)) return undefined;
  const kinds: readonly MarkKind[] = ["min", "floor", "target", "max"];
  return {
    used: (sizes.get("used") ?? 0) / most,
    actual: (sizes.get("actual") ?? 0) / most,
    marks: kinds.flatMap((kind) => {
      const bytes = sizes.get(kind);
      return bytes === undefined ? [] : [{ kind, at: bytes / most }];
    }),
  };
}

const MODE_TEXTS = { act: "acted on", observe: "only observed" } as const;
const TRANSPORTS = { "virtio-serial": "virtio-serial", websocket: "WebSocket" } as const;

function agentText({ connected, transport, version, reportAgeMs }: GuestStatus["agent"]): string {
  if (transport === undefined) return "no agent";
  const age = reportAgeMs === undefined ? "no report yet" : `reported ${formatAge(reportAgeMs)} ago`;
  // The commit behind a plus sign is for `info`.
  const number = version === undefined ? "" : ` ${version.split("+")[0]}`;
  return connected
    ? `agent${number}, ${TRANSPORTS[transport]}, ${age}`
    : `agent silent (${TRANSPORTS[transport]})`;
}

/** A broker of another version may know other reasons. */
function wordsOf({ reason, detail }: GuestStatus): string {
  const inhibitions: Readonly<Record<string, string>> = INHIBITED_TEXTS;
  const inhibition = reason === "inhibited" ? inhibitions[detail?.split(",")[0]?.trim() ?? ""] : undefined;
  return inhibition ?? REASON_TEXTS[reason] ?? "The broker gives a reason that this page does not know.";
}

function problemsOf({ problem, oomKills = 0 }: GuestStatus): string[] {
  const kills =
    oomKills > 0 ? [`Since it booted its kernel killed ${oomKills} times because it ran out of memory.`] : [];
  return [...(problem === undefined ? [] : [problem]), ...kills];
}
