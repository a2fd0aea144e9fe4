/** The newest events. */
import { formatTime } from "../../src/cli/format/sizes.ts";
import type { BrokerEvent } from "../../src/model/events.ts";

/** More than these are for `ballast events`. */
const MOST_SHOWN = 25;

export function Events({ events }: { readonly events: readonly BrokerEvent[] }) {
  return (
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      {events.length === 0 && <p>None yet.</p>}
      <ol class="events">
        {events.slice(0, MOST_SHOWN).map(({ id, atMs, level, guest, text }) => (
          <li key={id} class={level}>
            <time dateTime={new Date(atMs).toISOString()}>{formatTime(atMs)}</time>
            <span class="level">{level}</span>
            <span class="who">{guest ?? "host"}</span>
            <span class="text">{text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
