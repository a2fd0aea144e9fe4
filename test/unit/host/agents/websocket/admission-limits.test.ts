/** Who may come in before anything of theirs is read. */
import { describe, expect, it } from "vitest";
import { AdmissionLimits, groupOf } from "../../../../../host/src/agents/websocket/admission-limits.ts";

const LIMITS = { pendingPerAddress: 2, pending: 3, perAddressPerSecond: 1, perAddressBurst: 4 };

describe("the door", () => {
  it("lets so many of one address in at a time, and another when one has left", () => {
    const door = new AdmissionLimits(LIMITS);
    expect([1, 2, 3].map(() => door.enter("10.0.0.1", 0))).toEqual(["welcome", "welcome", "too-many"]);
    door.leave("10.0.0.1");
    expect(door.enter("10.0.0.1", 0)).toBe("welcome");
  });

  it("lets so many of all addresses in at a time", () => {
    const door = new AdmissionLimits(LIMITS);
    const entries = [1, 2, 3, 4].map((host) => door.enter(`10.0.0.${host}`, 0));
    expect(entries).toEqual(["welcome", "welcome", "welcome", "too-many"]);
    expect(door.pending).toBe(3);
  });

  it("bounds the rate of one address without a word against others", () => {
    const door = new AdmissionLimits(LIMITS);
    const knock = (address: string, nowMs: number) => {
      const entry = door.enter(address, nowMs);
      if (entry === "welcome") door.leave(address);
      return entry;
    };
    expect([1, 2, 3, 4, 5].map(() => knock("10.0.0.1", 0)).at(-1)).toBe("too-fast");
    expect(knock("10.0.0.2", 0)).toBe("welcome");
    expect(knock("10.0.0.1", 500)).toBe("too-fast");
    expect(knock("10.0.0.1", 1_500)).toBe("welcome");
  });

  it("forgets addresses that came first when there are too many, and stays right about those inside", () => {
    const door = new AdmissionLimits({ ...LIMITS, pending: 10 });
    door.enter("10.9.9.9", 0);
    for (let host = 0; host < 10_000; host++) {
      const address = `10.0.${host >> 8}.${host & 255}`;
      expect(door.enter(address, 0)).toBe("welcome");
      door.leave(address);
    }
    expect(door.pending).toBe(1);
    expect(door.enter("10.9.9.9", 0)).toBe("welcome");
    expect(door.enter("10.9.9.9", 0)).toBe("too-many");
  });
});

describe("addresses that count as one", () => {
  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("%s is of %s", (address, group) => {
    expect(groupOf(address)).toBe(group);
  });
});
