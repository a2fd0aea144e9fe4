import { describe, expect, it } from "vitest";
import { guestRow } from "../../../../../host/page/model/rows.ts";
import { REASON_TEXTS } from "../../../../../host/src/cli/format/reasons.ts";
import type { Reason } from "../../../../../host/src/model/plan.ts";
import { DB, OLD, WEB } from "../../../../fakes/fake-control-service.ts";

describe("a guest's row", () => {
  it("has each known size, in words and as a share of the bar", () => {
    const { sizes, bar } = guestRow(WEB);
    expect(sizes.map(({ name, text }) => `${name} ${text}`)).toEqual([
      "min 512.0 MiB",
      "used 600.0 MiB",
      "floor 700.0 MiB",
      "actual 768.0 MiB",
      "target 1.0 GiB",
      "max 2.0 GiB",
    ]);
    expect(bar).toEqual({
      used: 600 / 2048,
      actual: 768 / 2048,
      marks: [
        { kind: "min", at: 0.25 },
        { kind: "floor", at: 700 / 2048 },
        { kind: "target", at: 0.5 },
        { kind: "max", at: 1 },
      ],
    });
  });

  it("leaves out what is not known", () => {
    expect(guestRow(DB).sizes.map(({ name }) => name)).not.toContain("used");
    expect(guestRow(DB)).toMatchObject({ pressure: "not known", bar: { used: 0 } });
    expect(guestRow(OLD)).toMatchObject({ sizes: [], agent: "no agent" });
    expect(guestRow(OLD).bar).toBeUndefined();
  });

  it("keeps every mark inside the bar, also above max", () => {
    const { bar } = guestRow({ ...WEB, actualBytes: 4 * (WEB.maxBytes ?? 0) });
    expect(bar).toMatchObject({ actual: 1 });
    expect(bar?.marks.every(({ at }) => at <= 1)).toBe(true);
  });

  it("says the reason in words, and of an inhibition which one", () => {
    expect(guestRow(WEB).words).toBe(REASON_TEXTS.demand);
    expect(guestRow(OLD).reason).toBe("inhibited: unreachable");
    expect(guestRow(OLD).words).toMatch(/^QEMU cannot be asked/);
    expect(guestRow({ ...WEB, reason: "of-tomorrow" as Reason }).words).toMatch(/does not know/);
  });

  it("says that a guest has a mode of its own", () => {
    expect(guestRow({ ...WEB, mode: "observe" }).mode).toBe("only observed");
    expect(guestRow(WEB).mode).toBeUndefined();
  });

  it("says whether the agent speaks", () => {
    expect(guestRow(WEB).agent).toBe("agent 0.1.0, virtio-serial, reported 0.2s ago");
    expect(guestRow(DB)).toMatchObject({ agent: "agent silent (virtio-serial)", isAgentConnected: false });
  });

  it("says what is wrong, and what the guest's kernel killed", () => {
    expect(guestRow({ ...DB, oomKills: 2 }).problems).toEqual([
      "the agent's channel has been silent for 42 s",
      "Since it booted its kernel killed 2 times because it ran out of memory.",
    ]);
    expect(guestRow(WEB).problems).toEqual([]);
  });
});
