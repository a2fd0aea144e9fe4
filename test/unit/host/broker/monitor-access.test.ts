import { describe, expect, it } from "vitest";
import { GuestRecord } from "../../../../host/src/broker/guest-record.ts";
import { guestFacts } from "../../../../host/src/broker/snapshot.ts";
import { GIB } from "../../../../host/src/model/bytes.ts";
import type { MonitorAccess } from "../../../../host/src/model/guest.ts";
import { aGuestMonitor, anEntry } from "../../../fakes/broker-adapters.ts";

describe("how a guest's monitor is reached", () => {
  it("is a fact of the snapshot, as it is at that moment", () => {
    const monitor: { access?: MonitorAccess } = { access: { mode: "lease" } };
    const record = new GuestRecord(anEntry(), Object.assign(monitor, aGuestMonitor()), undefined, 0);
    record.tookFacts({ inhibitions: [], maxBytes: GIB }, 0);
    expect(guestFacts(record, 0)?.monitor).toEqual({ mode: "lease" });
    monitor.access = { mode: "lease", worstWaitMs: 80 };
    expect(guestFacts(record, 0)?.monitor).toEqual({ mode: "lease", worstWaitMs: 80 });
  });
});
