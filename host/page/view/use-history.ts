/** A guest's past from the broker's disk, read again and again. */
import { useEffect, useState } from "preact/hooks";
import type { GuestHistory } from "../../src/model/history.ts";
import type { Client } from "../client.ts";
import type { Range } from "../model/ranges.ts";

export interface Past {
  /** Absent: not read yet, or there is none. */
  readonly history?: GuestHistory;
  /** Why there is none. */
  readonly problem?: string;
}

export function useHistory(client: Client, name: string, { spanMs, refreshMs }: Range): Past {
  const [past, setPast] = useState<Past>({});
  useEffect(() => {
    let isWanted = true;
    const read = async () => {
      const nowMs = Date.now();
      const next = await client.history(name, nowMs - spanMs, nowMs).then(
        (history) => ({ history }),
        // What was read before stays: that the broker is away is told at the top of the page.
        (error: Error) => (known: Past) => (known.history === undefined ? { problem: error.message } : known),
      );
      if (isWanted) setPast(next);
    };
    setPast({});
    void read();
    const timer = setInterval(read, refreshMs);
    return () => {
      isWanted = false;
      clearInterval(timer);
    };
  }, [client, name, spanMs, refreshMs]);
  return past;
}
