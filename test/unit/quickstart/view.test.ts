import { describe, expect, it } from "vitest";
import { coloured, plain } from "../../../host/src/cli/format/paint.ts";
import type { BrokerEvent } from "../../../host/src/model/events.ts";
import { formatClock, frame, plainLine } from "../../quickstart/view.ts";
import { observation, picture } from "./observations.ts";

const IDLE = { used: 128, actual: 256, held: 380 };
const BUSY = { used: 384, actual: 512, held: 560 };
const SEEN = observation("burst", [IDLE, IDLE, BUSY], { atMs: 67_400 });

function event(id: number, text: string): BrokerEvent {
  return { id, atMs: 0, level: "info", guest: "db1", kind: "move", text };
}

describe("a frame", () => {
  it("draws what a guest uses, what it has, and what its balloon took, to scale", () => {
    const lines = frame(picture(SEEN), 101, plain);
    const web1 = lines.find((line) => line.startsWith("web1")) ?? "";
    expect(web1).toBe(
      `web1  ${"█".repeat(12)}${"▒".repeat(12)}${"░".repeat(24)}   128   256   512   380  steady`,
    );
    expect(lines.find((line) => line.startsWith("db1"))).not.toContain("░");
  });

  it("draws what the host holds and has promised beyond it against the budget", () => {
    const lines = frame(picture(SEEN), 101, plain);
    expect(lines.find((line) => line.startsWith("host"))).toContain("held 1320 of budget 1400 MiB, scarce");
    expect(lines.some((line) => line.includes("charged 1200, free 104, reserve 96 MiB"))).toBe(true);
  });

  it("says whether the guests are real and how long it has been", () => {
    expect(frame(picture(SEEN), 101, plain)[0]).toMatch(/^Ballast quickstart, real guests +1:07$/);
    const simulated = frame(picture(SEEN, { kind: "simulated" }), 101, plain);
    expect(simulated[0]).toContain("simulated guests");
  });

  it.each([20, 72, 100, 300])(
    "never breaks a line on %i columns, or on the least that it needs",
    (columns) => {
      const events = [event(1, "x".repeat(500))];
      const lines = frame(picture(SEEN, { events, headline: "y".repeat(500) }), columns, plain);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(Math.max(72, columns));
    },
  );

  it("shows the newest five events and keeps its height when there are fewer", () => {
    const events = [1, 2, 3, 4, 5, 6, 7].map((id) => event(id, `event ${id}`));
    const many = frame(picture(SEEN, { events }), 101, plain);
    expect(many.slice(-5).map((line) => line.slice(-7))).toEqual([
      "event 3",
      "event 4",
      "event 5",
      "event 6",
      "event 7",
    ]);
    expect(frame(picture(SEEN), 101, plain)).toHaveLength(many.length);
  });

  it("draws a guest of which nothing is known yet", () => {
    const [guest] = SEEN.status.guests;
    const { usedBytes: _used, actualBytes: _actual, maxBytes: _max, ...unknown } = guest ?? { name: "web1" };
    const status = { ...SEEN.status, guests: [unknown as (typeof SEEN.status.guests)[number]] };
    const lines = frame(picture({ ...SEEN, status, heldBytes: {} }), 101, plain);
    expect(lines.find((line) => line.startsWith("web1"))).toMatch(/^web1 +- +- +- +- {2}steady$/);
  });

  it("colours where it is asked to", () => {
    expect(frame(picture(SEEN), 101, coloured).join("")).toContain("\u001b[32m");
    expect(frame(picture(SEEN), 101, plain).join("")).not.toContain("\u001b");
  });
});

describe("a line for logs", () => {
  it("carries the whole moment", () => {
    expect(plainLine(picture(SEEN))).toBe(
      "  1:07  used/has: web1 128/256  web2 128/256  db1 384/512  guests hold 1320 of 1400 MiB, free 104, scarce",
    );
  });

  it.each([
    [0, "0:00"],
    [59_999, "0:59"],
    [600_000, "10:00"],
  ])("writes %i ms as %s", (ms, text) => {
    expect(formatClock(ms)).toBe(text);
  });
});
