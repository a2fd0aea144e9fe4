import { describe, expect, it } from "vitest";
import { BalloonCommands } from "../../../../host/src/broker/balloon-commands.ts";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import { GuestRecord } from "../../../../host/src/broker/guest-record.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { aGuestMonitor, anEntry } from "../../../fakes/broker-adapters.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";

const CLOCK = { nowMs: () => 1_000, wallMs: () => 2_000 };

/** A guest of 512 MiB, at least 128, whose monitor keeps what it is sent. */
function aScene() {
  const sent: number[] = [];
  const setTarget = async (bytes: number) => void sent.push(bytes);
  const record = new GuestRecord(anEntry(), { ...aGuestMonitor(), setTarget }, undefined, 0);
  record.tookFacts({ inhibitions: [], maxBytes: 512 * MIB }, 0);
  record.connectionChanged(true);
  const commands = new BalloonCommands(CLOCK, new EventLog(CLOCK, keepingLog()));
  const apply = async (mib: number) => {
    commands.apply(record, { name: "web1", toBytes: mib * MIB, kind: "manual", reason: "manual" });
    await Promise.resolve();
  };
  return { record, sent, apply };
}

describe("a balloon command", () => {
  it.each([128, 300, 512])("is sent within the guest's limits: %i MiB", async (mib) => {
    const { sent, apply, record } = aScene();
    await apply(mib);
    expect(sent).toEqual([mib * MIB]);
    expect(record.balloon.failure).toBeUndefined();
  });

  it.each([1985, 513, 127, 0, Number.NaN])("never leaves them, whatever led to it: %d MiB", async (mib) => {
    const { sent, apply, record } = aScene();
    await apply(mib);
    expect(sent).toEqual([]);
    expect(record.balloon.targetBytes).toBeUndefined();
    expect(record.balloon.failure?.problem).toMatch(
      /not within the guest's limits, 128 MiB to 512 MiB; not sent/,
    );
  });
});
