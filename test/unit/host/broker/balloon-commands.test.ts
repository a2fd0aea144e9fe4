import { describe, expect, it } from "vitest";
import { BalloonCommands } from "../../../../host/src/broker/balloon-commands.ts";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import { GuestRecord } from "../../../../host/src/broker/guest-record.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { Move } from "../../../../host/src/model/plan.ts";
import { aGuestMonitor, anEntry } from "../../../fakes/broker-adapters.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";

const CLOCK = { nowMs: () => 1_000, wallMs: () => 2_000 };

/** A guest of 512 MiB, at least 128, whose monitor keeps what it is sent. */
function aScene() {
  const sent: number[] = [];
  const setTarget = async (bytes: number) => void sent.push(bytes);
  const record = new GuestRecord(anEntry(), { ...aGuestMonitor(), setTarget }, undefined, 0);
  record.tookFacts({ inhibitions: [], maxBytes: 512 * MIB }, 0);
  record.connectionChanged(true, 0);
  const commands = new BalloonCommands(CLOCK, new EventLog(CLOCK, keepingLog()));
  const apply = async (mib: number) => {
    commands.apply(record, { name: "web1", toBytes: mib * MIB, kind: "manual", reason: "manual" });
    await Promise.resolve();
  };
  return { record, sent, apply, commands };
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

describe("moves of a decision", () => {
  const move = (fromMib: number, toMib: number): Move => ({
    name: "web1",
    fromBytes: fromMib * MIB,
    toBytes: toMib * MIB,
    kind: "take-idle",
    reason: "take-idle",
  });

  it.each([
    ["taken a moment ago are carried out", 999, [400, 450]],
    ["that were held up for longer than a second give, and take nothing", 1_001, [450]],
  ])("%s", async (_, heldUpMs, mib) => {
    const { record, sent, commands } = aScene();
    const recordOf = (name: string) => (name === "web1" ? record : undefined);
    commands.carryOut([move(500, 400), move(400, 450)], CLOCK.nowMs() - heldUpMs, recordOf);
    await Promise.resolve();
    expect(sent).toEqual(mib.map((each) => each * MIB));
  });

  it("of a guest that is gone are left out", () => {
    const { sent, commands } = aScene();
    commands.carryOut([move(500, 400)], CLOCK.nowMs(), () => undefined);
    expect(sent).toEqual([]);
  });
});
