/** One guest's past as a plot, and why it has or had its memory: now, or at a moment of that past. */
import { useEffect, useState } from "preact/hooks";
import { momentOf } from "../../src/cli/format/past-moment.ts";
import { formatTime } from "../../src/cli/format/sizes.ts";
import type { Explanation } from "../../src/model/status.ts";
import type { Client } from "../client.ts";
import { indexAt, type Point, withGaps } from "../model/history.ts";
import { RANGES, type Range } from "../model/ranges.ts";
import { Explained, PastExplained } from "./explained.tsx";
import { Plot } from "./plot.tsx";
import { useHistory } from "./use-history.ts";

export interface GuestDetailsProps {
  readonly name: string;
  /** Since the page was opened; they grow with each step of the stream, which is when the explanation is asked for anew. */
  readonly points: readonly Point[];
  readonly client: Client;
}

export function GuestDetails({ name, points, client }: GuestDetailsProps) {
  const [range, setRange] = useState<Range>(RANGES[0]);
  /** Absent: now. */
  const [atMs, setAtMs] = useState<number>();
  const { history, problem } = useHistory(client, name, range);
  const shown = history === undefined ? points : withGaps(history.points);
  const what = history === undefined ? "since this page was opened" : `of the last ${range.name}`;
  const choose = (next: Range) => {
    setRange(next);
    setAtMs(undefined);
  };
  return (
    <div class="details">
      <Ranges chosen={range} onChoice={choose} />
      {problem !== undefined && <p class="muted">Only what this page saw is shown: {problem}.</p>}
      <Plot points={shown} atMs={atMs} label={`Memory of ${name} ${what}: used, actual and target`} />
      {history !== undefined && history.points.length > 1 && (
        <Slider points={history.points} atMs={atMs} onChange={setAtMs} />
      )}
      {history === undefined || atMs === undefined ? (
        <Now name={name} client={client} newestMs={points.at(-1)?.atMs} />
      ) : (
        <PastExplained moment={momentOf(history, atMs)} />
      )}
    </div>
  );
}

interface RangesProps {
  readonly chosen: Range;
  readonly onChoice: (range: Range) => void;
}

function Ranges({ chosen, onChoice }: RangesProps) {
  return (
    <fieldset class="ranges">
      <legend>Its last</legend>
      {RANGES.map((range) => (
        <label key={range.name}>
          <input
            type="radio"
            name="range"
            checked={range.name === chosen.name}
            onChange={() => onChoice(range)}
          />
          {range.name}
        </label>
      ))}
    </fieldset>
  );
}

interface SliderProps {
  readonly points: readonly Point[];
  readonly atMs: number | undefined;
  readonly onChange: (atMs: number | undefined) => void;
}

/** Its right end is now. */
function Slider({ points, atMs, onChange }: SliderProps) {
  const end = points.length;
  const index = atMs === undefined ? end : indexAt(points, atMs);
  const words = atMs === undefined ? "now" : formatTime(atMs);
  return (
    <label class="moment">
      <span>
        Why, at: <strong>{words}</strong>
      </span>
      <input
        type="range"
        min={0}
        max={end}
        value={index}
        aria-valuetext={words}
        onInput={(event) => onChange(points[Number(event.currentTarget.value)]?.atMs)}
      />
    </label>
  );
}

interface NowProps {
  readonly name: string;
  readonly client: Client;
  readonly newestMs: number | undefined;
}

function Now({ name, client, newestMs }: NowProps) {
  const [explanation, setExplanation] = useState<Explanation>();
  useEffect(() => {
    let isWanted = newestMs !== undefined;
    // That the broker is away is told at the top of the page; the last answer stays.
    client
      .explain(name)
      .then((answer) => isWanted && setExplanation(answer))
      .catch(() => undefined);
    return () => {
      isWanted = false;
    };
  }, [client, name, newestMs]);
  return explanation === undefined ? (
    <p>Asking for the explanation.</p>
  ) : (
    <Explained explanation={explanation} />
  );
}
