/** What `ballast explain` says of one guest, and its sizes since the page was opened. */
import { useEffect, useState } from "preact/hooks";
import { numbersOf, sentences } from "../../src/cli/format/explain.ts";
import { plain } from "../../src/cli/format/paint.ts";
import { formatSize, formatTime } from "../../src/cli/format/sizes.ts";
import type { Explanation } from "../../src/model/status.ts";
import type { Client } from "../client.ts";
import type { Point } from "../model/history.ts";
import { Plot } from "./plot.tsx";

/** More than these are for `ballast explain`. */
const MOST_MOVES = 10;

export interface GuestDetailsProps {
  readonly name: string;
  /** They grow with each answer, which is when the explanation is asked for anew. */
  readonly points: readonly Point[];
  readonly client: Client;
}

export function GuestDetails({ name, points, client }: GuestDetailsProps) {
  const [explanation, setExplanation] = useState<Explanation>();
  const newest = points.at(-1)?.atMs;
  useEffect(() => {
    let isWanted = newest !== undefined;
    // A failure is told by the page's own questions; the last answer stays.
    client
      .explain(name)
      .then((answer) => isWanted && setExplanation(answer))
      .catch(() => undefined);
    return () => {
      isWanted = false;
    };
  }, [client, name, newest]);
  return (
    <div class="details">
      <h4>Since this page was opened</h4>
      <Plot points={points} label={`Memory of ${name} since this page was opened: used, actual and target`} />
      {explanation === undefined ? (
        <p>Asking for the explanation.</p>
      ) : (
        <Explained explanation={explanation} />
      )}
    </div>
  );
}

function Explained({ explanation }: { readonly explanation: Explanation }) {
  // The first is the reason, which stands in the row already.
  const [, ...standing] = sentences(explanation, plain);
  return (
    <>
      {standing.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <h4>Numbers</h4>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">number</th>
            <th scope="col">value</th>
            <th scope="col">meaning</th>
          </tr>
        </thead>
        <tbody>
          {numbersOf(explanation).map(([name, value, unit, meaning]) => (
            <tr key={name?.text}>
              <th scope="row">{name?.text}</th>
              <td class="value">
                {value?.text} {unit?.text}
              </td>
              <td>{meaning?.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Moves moves={explanation.moves} />
    </>
  );
}

function Moves({ moves }: Pick<Explanation, "moves">) {
  if (moves.length === 0) return <p>Its balloon was not moved yet.</p>;
  return (
    <>
      <h4>Last moves</h4>
      <ol class="moves">
        {moves.slice(0, MOST_MOVES).map(({ atMs, fromBytes, toBytes, reason }) => (
          <li key={`${atMs} ${toBytes}`}>
            <time dateTime={new Date(atMs).toISOString()}>{formatTime(atMs)}</time>{" "}
            {fromBytes === undefined ? "to " : `${formatSize(fromBytes)} → `}
            {formatSize(toBytes)} <span class="muted">{reason}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
