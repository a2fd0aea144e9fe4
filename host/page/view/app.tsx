/** The whole page. */
import { useEffect, useState } from "preact/hooks";
import { formatTime } from "../../src/cli/format/sizes.ts";
import type { Status } from "../../src/model/status.ts";
import type { Client } from "../client.ts";
import { type Feed, NOTHING_HEARD } from "../model/feed.ts";
import { Events } from "./events.tsx";
import { GuestItem } from "./guest-item.tsx";
import { HostStack } from "./host-stack.tsx";
import { Ksm } from "./ksm.tsx";

export function App({ client }: { readonly client: Client }) {
  const [feed, setFeed] = useState<Feed>(NOTHING_HEARD);
  const [open, setOpen] = useState<string>();
  useEffect(() => void client.follow(setFeed), [client]);
  const { status } = feed;
  return (
    <>
      <header>
        <h1>Ballast</h1>
        {status !== undefined && <Summary status={status} />}
      </header>
      <main data-heard-at={feed.heardAtMs}>
        <Away feed={feed} />
        {status !== undefined && <HostStack status={status} />}
        {status !== undefined && (
          <section aria-labelledby="guests">
            <h2 id="guests">Guests</h2>
            {status.guests.length === 0 && <p>No guests.</p>}
            <ul class="guests">
              {status.guests.map((guest) => (
                <GuestItem
                  key={guest.name}
                  guest={guest}
                  points={feed.histories.get(guest.name) ?? []}
                  client={client}
                  isOpen={open === guest.name}
                  onToggle={() => setOpen(open === guest.name ? undefined : guest.name)}
                />
              ))}
            </ul>
          </section>
        )}
        {status !== undefined && <Ksm ksm={status.ksm} />}
        <Events events={feed.events} />
      </main>
    </>
  );
}

function Summary({ status: { host, mode, version } }: { readonly status: Status }) {
  return (
    <p class="summary">
      <span class={`badge ${host.regime ?? ""}`}>memory {host.regime ?? "not known yet"}</span>
      <span class="badge">mode {mode}</span>
      {host.psiSomeAvg10 !== undefined && (
        <span class="muted">host pressure {host.psiSomeAvg10.toFixed(1)} %</span>
      )}
      <span class="muted">ballastd {version}</span>
    </p>
  );
}

/** Always there, so that a screen reader speaks what comes into it. */
function Away({ feed: { awaySinceMs, awayReason, heardAtMs } }: { readonly feed: Feed }) {
  return (
    <div role="status" class={awaySinceMs === undefined ? "" : "away"}>
      {awaySinceMs !== undefined && (
        <p>
          The broker has not answered since {formatTime(awaySinceMs)}.
          {awayReason !== undefined && ` It said: ${awayReason}.`}
          {heardAtMs !== undefined && " What is shown is from before."} Asking again every 2 s.
        </p>
      )}
    </div>
  );
}
