import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../host/src/model/guest.ts";
import type { PolicySettings } from "../../../../host/src/model/settings.ts";
import { decide } from "../../../../host/src/policy/decide.ts";
import { emptyMemory, newGuestMemory } from "../../../../host/src/policy/memory.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../fakes/facts.ts";

function once(guests: GuestFacts[], settings: PolicySettings) {
  return decide({ nowMs: NOW, host: aHost(), guests }, emptyMemory(), settings);
}

function verdict(guests: GuestFacts[], settings: PolicySettings, name = "g1") {
  return once(guests, settings).plan.verdicts.find((v) => v.name === name);
}

describe("decide", () => {
  it("leaves everyone alone while the budget is ample", () => {
    const { plan } = once([aGuest(), aGuest({ name: "g2" })], settingsFor(4096));
    expect(plan.regime).toBe("ample");
    expect(plan.moves).toEqual([]);
  });

  it("takes from a guest that demanded only because of taking, in critical, no further than where it would demand again", () => {
    const facts = aGuest({ actualMib: 600, targetMib: 600, availableMib: 250 });
    const least = (squeezedIntoDemandAtMs?: number) => {
      const known = newGuestMemory(0);
      const motion = {
        ...known.motion,
        ...(squeezedIntoDemandAtMs !== undefined && { squeezedIntoDemandAtMs }),
      };
      const guests = new Map([["g1", { ...known, motion }]]);
      const snapshot = { nowMs: NOW, host: aHost(), guests: [facts] };
      const { plan } = decide(snapshot, { ...emptyMemory(), guests }, settingsFor(300));
      expect(plan.regime).toBe("critical");
      return plan.verdicts[0]?.leastBytes;
    };
    expect(least()).toBe((350 + 16) * MIB);
    expect(least(NOW - 3_700_000)).toBe((350 + 16) * MIB);
    expect(least(NOW - 300_000)).toBe(Math.ceil(350 + 2 * 600 * 0.03) * MIB);
  });

  it("holds nothing that the balloon driver said before it moved against a guest that grows", () => {
    const facts = aGuest({ actualMib: 700, availableMib: 100, report: { growthBytesPerSecond: MIB } });
    const doubted = (statsAtMs: number) => {
      const stats = { availableBytes: 600 * MIB, updatedAtMs: statsAtMs };
      const known = newGuestMemory(0);
      const motion = { ...known.motion, direction: "down" as const, movedAtMs: NOW + 100 };
      const guests = new Map([["g1", { ...known, motion }]]);
      const snapshot = { nowMs: NOW + 300, host: aHost(), guests: [{ ...facts, stats }] };
      return decide(snapshot, { ...emptyMemory(), guests }, settingsFor(4096)).plan.verdicts[0]?.doubtedBytes;
    };
    expect(doubted(NOW + 50)).toBeUndefined();
    expect(doubted(NOW + 200)).toBeGreaterThan(0);
  });

  it("lets no doubted use come before other guests' floors", () => {
    const doubtful = aGuest({
      maxMib: 2048,
      actualMib: 1024,
      availableMib: 0,
      facts: { processMemory: { residentBytes: 850 * MIB, swappedBytes: 0 } },
    });
    const honest = aGuest({ name: "honest", actualMib: 600, availableMib: 128 });
    const { plan } = once([doubtful, honest], settingsFor(1300));
    const of = (name: string) => plan.verdicts.find((each) => each.name === name);
    expect(of("g1")?.doubtedBytes).toBeGreaterThan(0);
    expect(of("honest")?.entitledBytes).toBeGreaterThanOrEqual(of("honest")?.floorBytes ?? Number.NaN);
  });

  it("evens nothing out while there is plenty, but takes what lies above a maximum that was lowered", () => {
    const guests = [
      aGuest({ maxMib: 2048, actualMib: 2048, shares: 10 }),
      aGuest({ name: "g2", actualMib: 600 }),
    ];
    const host = aHost({ availableBytes: 700 * MIB });
    const plenty = decide({ nowMs: NOW, host, guests }, emptyMemory(), settingsFor(3500)).plan;
    expect(plenty.regime).toBe("ample");
    expect(plenty.moves.filter(({ fromBytes, toBytes }) => toBytes < fromBytes)).toEqual([]);
    const [large] = guests.map((guest) => ({ ...guest, limits: { ...guest.limits, maxBytes: 1500 * MIB } }));
    const [move] = once(large === undefined ? [] : [large], settingsFor(9000)).plan.moves;
    expect(move?.toBytes).toBeLessThan(2048 * MIB);
  });

  it("gives all of a squeezed guest's memory back in one step when there is room", () => {
    const { plan } = once([aGuest({ actualMib: 400, availableMib: 200 })], settingsFor(4096));
    expect(plan.moves).toEqual([
      { name: "g1", fromBytes: 400 * MIB, toBytes: 1024 * MIB, kind: "give-surplus", reason: "give-back" },
    ]);
  });

  it("takes from the idle guest when the budget runs short, not from the busy one", () => {
    const guests = [aGuest({ name: "idle", availableMib: 800 }), aGuest({ name: "busy", availableMib: 80 })];
    const { plan } = once(guests, settingsFor(2100));
    expect(plan.regime).toBe("scarce");
    expect(plan.moves.map((move) => move.name)).toEqual(["idle"]);
    expect(plan.moves[0]?.toBytes).toBeLessThan(1024 * MIB);
  });

  it.each(["g1", "__proto__", "constructor"])("remembers a guest that is called %s", (name) => {
    const { memory } = once([aGuest({ name, actualMib: 400, availableMib: 200 })], settingsFor(4096));
    expect([...memory.guests.keys()]).toEqual([name]);
    expect(memory.guests.get(name)?.motion).toMatchObject({ direction: "up", movedAtMs: NOW });
  });

  it("takes paced, never the whole distance at once", () => {
    const [move] = once([aGuest({ availableMib: 900 })], settingsFor(1000)).plan.moves;
    expect(move?.toBytes).toBeGreaterThan(600 * MIB);
  });

  it("takes nothing below the floor in scarcity", () => {
    const guest = aGuest({ actualMib: 512, availableMib: 64 });
    const { plan } = once(
      [guest, aGuest({ name: "other", actualMib: 512, availableMib: 400 })],
      settingsFor(1090),
    );
    expect(plan.regime).toBe("scarce");
    expect(plan.moves.filter((move) => move.name === "g1" && move.toBytes < move.fromBytes)).toEqual([]);
  });

  it("goes down to guarantees only when even the floors do not fit, and says so", () => {
    const { plan } = once(
      ["g1", "g2"].map((name) => aGuest({ name, availableMib: 20, report: { swapFreeBytes: 2048 * MIB } })),
      settingsFor(1500),
    );
    expect(plan.regime).toBe("critical");
    expect(plan.notices.some((notice) => notice.text.includes("critical"))).toBe(true);
    expect(plan.moves.map(({ reason }) => reason)).toEqual(["take-to-guarantee", "take-to-guarantee"]);
  });

  it("takes no page in use from guests that could not swap it out, even in the worst case", () => {
    const { plan } = once(
      [aGuest({ availableMib: 20 }), aGuest({ name: "g2", availableMib: 20 })],
      settingsFor(1500),
    );
    expect(plan.regime).toBe("critical");
    expect(plan.moves).toEqual([]);
  });

  it("sends donors' commands before acceptors'", () => {
    const guests = [
      aGuest({ name: "poor", actualMib: 300, availableMib: 10, facts: {} }),
      aGuest({ name: "rich", availableMib: 900 }),
    ];
    const changes = once(guests, settingsFor(1450)).plan.moves.map((move) =>
      Math.sign(move.toBytes - move.fromBytes),
    );
    expect(changes).toEqual([...changes].sort());
    expect(changes.length).toBe(2);
  });

  it("never inflates a guest of which nothing is known", () => {
    const guests = [aGuest({ report: null }), aGuest({ name: "g2", availableMib: 20 })];
    expect(verdict(guests, settingsFor(1500))?.targetBytes).toBe(1024 * MIB);
    expect(verdict(guests, settingsFor(1500))?.reason).toBe("no-information");
  });

  it("never inflates on old news", () => {
    const guests = [aGuest({ availableMib: 900, report: { receivedAtMs: NOW - 60_000 } })];
    expect(verdict(guests, settingsFor(1000))?.reason).toBe("stale-report");
  });

  it("holds a guest whose agent fell silent, though balloon statistics look fine", () => {
    const settings = settingsFor(1000);
    const first = decide(
      { nowMs: NOW, host: aHost(), guests: [aGuest({ availableMib: 900 })] },
      emptyMemory(),
      settings,
    );
    const silent = aGuest({
      report: null,
      nowMs: NOW + 1000,
      facts: { stats: { availableBytes: 900 * MIB, updatedAtMs: NOW + 1000 } },
    });
    const { plan } = decide({ nowMs: NOW + 1000, host: aHost(), guests: [silent] }, first.memory, settings);
    expect(plan.verdicts[0]?.reason).toBe("hold-agent-lost");
    expect(plan.moves).toEqual([]);
  });

  it("lets a guest whose agent fell silent grow back where the settings say so", () => {
    const settings = settingsFor(2000, { onAgentLoss: "release" });
    const before = aGuest({ actualMib: 500, targetMib: 500, availableMib: 200 });
    const first = decide({ nowMs: NOW, host: aHost(), guests: [before] }, emptyMemory(), settings);
    const silent = aGuest({ report: null, nowMs: NOW + 1000, actualMib: 500, targetMib: 500 });
    const { plan } = decide({ nowMs: NOW + 1000, host: aHost(), guests: [silent] }, first.memory, settings);
    expect(plan.moves).toEqual([
      { name: "g1", fromBytes: 500 * MIB, toBytes: 1024 * MIB, kind: "release", reason: "hold-agent-lost" },
    ]);
  });

  it("manages a guest that never had an agent on the balloon's own statistics", () => {
    const stats = { availableBytes: 900 * MIB, updatedAtMs: NOW };
    const { plan } = once([aGuest({ report: null, facts: { stats } })], settingsFor(1000));
    expect(plan.verdicts[0]?.source).toBe("balloon-stats");
    expect(plan.moves[0]?.reason).toBe("take-to-floor");
  });

  it("doubts statistics by which a guest uses more than its process holds", () => {
    const stats = { availableBytes: 0, updatedAtMs: NOW };
    const processMemory = { residentBytes: 300 * MIB, swappedBytes: 0 };
    const { plan } = once([aGuest({ report: null, facts: { stats, processMemory } })], settingsFor(2000));
    expect(plan.verdicts[0]?.doubtedBytes).toBe((1024 - 300 - 64) * MIB);
  });

  it("takes memory that a driver keeps for memory of its guest, not for QEMU's own, however much it is", () => {
    const processMemory = { residentBytes: 9000 * MIB, swappedBytes: 0 };
    const kept = aGuest({ maxMib: 8192, actualMib: 1024, targetMib: 1024, facts: { processMemory } });
    const { memory } = once([kept], settingsFor(2000));
    expect(memory.guests.get("g1")?.overheadBytes).toBe((1024 + 8192 / 64) * MIB);
  });

  it.each(["vfio", "migrating", "paused", "no-balloon-driver", "background-snapshot"] as const)(
    "never inflates while %s",
    (inhibition) => {
      const guests = [aGuest({ availableMib: 900, facts: { inhibitions: [inhibition] } })];
      const found = verdict(guests, settingsFor(1000));
      expect(found?.reason).toBe("inhibited");
      expect(found?.detail).toContain(inhibition);
      expect(found?.targetBytes).toBe(1024 * MIB);
    },
  );

  it("leaves a guest without shares alone", () => {
    expect(verdict([aGuest({ shares: 0, availableMib: 900 })], settingsFor(1000))?.reason).toBe("excluded");
  });

  it("moves nothing in observe mode and says what it would do", () => {
    const { plan } = once([aGuest({ availableMib: 900 })], settingsFor(1000, { mode: "observe" }));
    expect(plan.moves).toEqual([]);
    expect(plan.verdicts[0]).toMatchObject({ reason: "observe-only", detail: "would be take-to-floor" });
  });

  it("takes nothing from a guest that feels pressure", () => {
    const guests = [aGuest({ availableMib: 900, report: { pressure: "low" } })];
    expect(verdict(guests, settingsFor(1100))?.reason).toBe("hold-under-pressure");
  });

  it("follows a manual target, but not into what the guest uses", () => {
    const manual = { targetBytes: 256 * MIB, sinceMs: NOW };
    expect(verdict([aGuest({ availableMib: 900, facts: { manual } })], settingsFor(4096))?.targetBytes).toBe(
      256 * MIB,
    );
    const used = verdict([aGuest({ availableMib: 500, facts: { manual } })], settingsFor(4096));
    expect(used).toMatchObject({ reason: "manual", targetBytes: 532 * MIB });
  });

  it("neither takes from nor gives to a guest whose balloon another program moves, whatever is owed to it", () => {
    const otherController = { sinceMs: NOW, sizeBytes: 600 * MIB, suspect: "momd (process 812)" };
    for (const budgetMib of [300, 700, 4096]) {
      for (const availableMib of [5, 550]) {
        const facts = aGuest({ actualMib: 600, availableMib, facts: { otherController } });
        const owed = { bytes: 100 * MIB, atMs: NOW };
        const memory = { ...emptyMemory(), guests: new Map([["g1", { ...newGuestMemory(0), owed }]]) };
        const snapshot = { nowMs: NOW, host: aHost(), guests: [facts] };
        const { plan } = decide(snapshot, memory, settingsFor(budgetMib));
        expect([...plan.moves, ...plan.repeats]).toEqual([]);
        expect(plan.verdicts[0]).toMatchObject({ reason: "other-controller", detail: "momd (process 812)" });
      }
    }
  });

  it("points a stuck balloon at where it stands and leaves it alone for a while", () => {
    const settings = settingsFor(1000);
    let memory = emptyMemory();
    let reason: string | undefined;
    for (const afterMs of [0, 3000, 6000]) {
      const nowMs = NOW + afterMs;
      const guest = aGuest({ nowMs, actualMib: 1024, targetMib: 900, availableMib: 900 });
      const decision = decide({ nowMs, host: aHost(), guests: [guest] }, memory, settings);
      memory = decision.memory;
      reason = decision.plan.verdicts[0]?.reason;
    }
    expect(reason).toBe("stuck");
    const guest = aGuest({ nowMs: NOW + 7000, actualMib: 1024, targetMib: 1024, availableMib: 900 });
    const { plan } = decide({ nowMs: NOW + 7000, host: aHost(), guests: [guest] }, memory, settings);
    expect(plan.moves).toEqual([]);
    expect(plan.verdicts[0]?.detail).toContain("tried again");
  });

  it.each([
    ["taken from", 900, 600],
    ["given to", 600, 900],
  ])(
    "says the target again to a balloon of a guest %s that does not begin to move",
    (_what, actualMib, targetMib) => {
      const settings = settingsFor(2000);
      let memory = emptyMemory();
      const repeats = [0, 1000, 2500].map((afterMs) => {
        const guest = aGuest({ nowMs: NOW + afterMs, actualMib, targetMib, availableMib: 500 });
        const processMemory = { ...guest, manual: { targetBytes: targetMib * MIB, sinceMs: NOW } };
        const decision = decide(
          { nowMs: NOW + afterMs, host: aHost(), guests: [processMemory] },
          memory,
          settings,
        );
        memory = decision.memory;
        return decision.plan.repeats.map(({ toBytes }) => toBytes / MIB);
      });
      expect(repeats).toEqual([[], [], [targetMib]]);
    },
  );

  it("ledger what a guest took back by deflate-on-oom as a granted demand", () => {
    const settings = settingsFor(720);
    const reached = aGuest({ actualMib: 600, targetMib: 600, availableMib: 300 });
    const first = decide({ nowMs: NOW, host: aHost(), guests: [reached] }, emptyMemory(), settings);
    const nowMs = NOW + 1000;
    const back = aGuest({ nowMs, actualMib: 700, targetMib: 600, availableMib: 300 });
    const { plan } = decide({ nowMs, host: aHost(), guests: [back] }, first.memory, settings);
    expect(plan.moves[0]).toMatchObject({ reason: "demand", toBytes: 700 * MIB });
  });

  it("counts under resident accounting what is held, not what was promised, and so lends more", () => {
    const processMemory = { residentBytes: 300 * MIB, swappedBytes: 0 };
    const guests = ["a", "b", "c"].map((name) =>
      aGuest({ name, availableMib: 900, facts: { processMemory } }),
    );
    expect(once(guests, settingsFor(2200, { accounting: "resident" })).plan.moves).toEqual([]);
    expect(once(guests, settingsFor(2200)).plan.moves.length).toBe(3);
  });
});
