/** One guest's row, and its details when it is open. */
import type { GuestStatus } from "../../src/model/status.ts";
import type { Client } from "../client.ts";
import { type Point, sparkOf } from "../model/history.ts";
import { type Bar, type GuestRow, guestRow } from "../model/rows.ts";
import { GuestDetails } from "./guest-details.tsx";

const WIDTH = 1000;
const HEIGHT = 24;

export interface GuestItemProps {
  readonly guest: GuestStatus;
  readonly points: readonly Point[];
  readonly client: Client;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

export function GuestItem({ guest, points, client, isOpen, onToggle }: GuestItemProps) {
  const row = guestRow(guest);
  return (
    <li class="guest" data-guest={row.name}>
      <h3>
        <button type="button" aria-expanded={isOpen} onClick={onToggle}>
          {row.name}
        </button>
      </h3>
      <p class="facts">
        <span class={`badge ${row.state}`}>{row.state}</span>
        {row.mode !== undefined && <span class="badge">{row.mode}</span>}
        <span class={`badge pressure-${guest.pressure ?? "unknown"}`}>pressure {row.pressure}</span>
        <span class={row.isAgentConnected ? "muted" : "warn"}>{row.agent}</span>
      </p>
      {row.bar !== undefined && <SizeBar bar={row.bar} label={labelOf(row)} />}
      <Spark points={points} mostBytes={guest.maxBytes} />
      <Sizes row={row} />
      <p class="reason">
        {row.words} <span class="muted">({row.reason})</span>
      </p>
      {row.problems.map((problem) => (
        <p key={problem} class="problem">
          {problem}
        </p>
      ))}
      {isOpen && <GuestDetails name={row.name} points={points} client={client} />}
    </li>
  );
}

function labelOf({ sizes }: GuestRow): string {
  return sizes.map(({ name, text }) => `${name} ${text}`).join(", ");
}

function SizeBar({ bar, label }: { readonly bar: Bar; readonly label: string }) {
  return (
    <svg
      class="bar"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <rect class="room" width={WIDTH} height={HEIGHT} />
      <rect class="actual" width={bar.actual * WIDTH} height={HEIGHT} />
      <rect class="used" y={5} width={bar.used * WIDTH} height={HEIGHT - 10} />
      {bar.marks.map(({ kind, at }) => (
        <line key={kind} class={`mark ${kind}`} x1={at * WIDTH} x2={at * WIDTH} y2={HEIGHT} />
      ))}
    </svg>
  );
}

/** Used and actual since the page was opened, for the eye alone: the sizes stand below in words. */
function Spark({
  points,
  mostBytes = 0,
}: {
  readonly points: readonly Point[];
  readonly mostBytes?: number | undefined;
}) {
  return (
    <svg class="spark" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      <polyline class="line-actual" points={sparkOf(points, "actualBytes", mostBytes)} />
      <polyline class="line-used" points={sparkOf(points, "usedBytes", mostBytes)} />
    </svg>
  );
}

function Sizes({ row: { sizes } }: { readonly row: GuestRow }) {
  return (
    <dl class="sizes">
      {sizes.map(({ name, bytes, text }) => (
        <div key={name} class={name}>
          <dt>{name}</dt>
          <dd data-size={name} data-bytes={bytes}>
            {text}
          </dd>
        </div>
      ))}
    </dl>
  );
}
