/** Why a guest has its memory, in words and numbers, and why it had it. */
import { numbersOf, sentences } from "../../src/cli/format/explain.ts";
import { plain } from "../../src/cli/format/paint.ts";
import { type PastMoment, stepText } from "../../src/cli/format/past-moment.ts";
import { formatSize, formatTime } from "../../src/cli/format/sizes.ts";
import type { Explanation } from "../../src/model/status.ts";

/** More than these are for `ballast explain`. */
const MOST_MOVES = 10;

export function Explained({ explanation }: { readonly explanation: Explanation }) {
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
      <Moves moves={explanation.moves} none="Its balloon was not moved yet." />
    </>
  );
}

/** What `ballast explain GUEST --at` says. */
export function PastExplained({ moment }: { readonly moment: PastMoment | undefined }) {
  if (moment === undefined) return <p>Nothing is remembered of this moment.</p>;
  const { step, words, figures, notes, moves } = moment;
  return (
    <div class="past">
      <p>
        {words}{" "}
        <span class="muted">
          ({step.reason}, {stepText(step.stepMs)})
        </span>
      </p>
      <dl class="sizes">
        {figures.map(({ name, bytes }) => (
          <div key={name} class={name}>
            <dt>{name}</dt>
            <dd>{formatSize(bytes)}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">{notes.join("; ")}</p>
      <Moves moves={moves} none="Its balloon was not moved before, as far as is remembered." />
    </div>
  );
}

interface MovesProps {
  /** Newest first. */
  readonly moves: Explanation["moves"];
  readonly none: string;
}

function Moves({ moves, none }: MovesProps) {
  if (moves.length === 0) return <p>{none}</p>;
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
