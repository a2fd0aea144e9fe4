/** The host's memory as one stack, and what its parts mean. */
import { formatSize } from "../../src/cli/format/sizes.ts";
import type { Status } from "../../src/model/status.ts";
import { hostPicture, type Segment } from "../model/segments.ts";

/** Units of the drawing, over its whole width. */
const WIDTH = 1000;
const HEIGHT = 40;
/** Guests take turns in so many colours. */
const SHADES = 4;

interface Shown extends Segment {
  readonly style: string;
}

export function HostStack({ status }: { readonly status: Status }) {
  const picture = hostPicture(status);
  if (picture === undefined) return <p>The host's memory is not known yet.</p>;
  const { totalBytes } = picture;
  const memory = withStyles(picture.memory);
  const spared = withStyles(picture.spared);
  const shown = [...memory, ...spared].filter(({ bytes }) => bytes > 0);
  const scale = WIDTH / shown.reduce((sum, { bytes }) => sum + bytes, 0);
  const end = totalBytes * scale;
  return (
    <section aria-labelledby="host">
      <h2 id="host">Host memory: {formatSize(totalBytes)}</h2>
      <svg
        class="stack"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={shown.map(({ label, bytes }) => `${label} ${formatSize(bytes)}`).join(", ")}
      >
        {placed(shown, scale).map(({ x, width, style, label }) => (
          <rect key={`${style} ${label}`} class={style} x={x} y={0} width={width} height={HEIGHT} />
        ))}
        <line class="end" x1={end} x2={end} y1={0} y2={HEIGHT} />
      </svg>
      <Legend segments={memory} />
      {spared.some(({ bytes }) => bytes > 0) && (
        <>
          <p class="muted">Right of the line, not there in memory: what the guests would take besides.</p>
          <Legend segments={spared} />
        </>
      )}
    </section>
  );
}

function Legend({ segments }: { readonly segments: readonly Shown[] }) {
  return (
    <ul class="legend">
      {segments.map(({ kind, label, bytes, style }) => (
        <li key={`${kind} ${label}`} data-kind={kind} data-bytes={bytes}>
          <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
            <rect class={style} width="10" height="10" />
          </svg>
          <span class="label">{label}</span> <span class="size">{formatSize(bytes)}</span>
        </li>
      ))}
    </ul>
  );
}

function withStyles(segments: readonly Segment[]): Shown[] {
  const guests = segments.filter(({ kind }) => kind === "guest");
  return segments.map((segment) => {
    const at = guests.indexOf(segment);
    return { ...segment, style: at < 0 ? `seg ${segment.kind}` : `seg guest shade-${at % SHADES}` };
  });
}

function placed(segments: readonly Shown[], scale: number) {
  let x = 0;
  return segments.map((segment) => {
    const at = x;
    const width = segment.bytes * scale;
    x += width;
    return { ...segment, x: at, width };
  });
}
