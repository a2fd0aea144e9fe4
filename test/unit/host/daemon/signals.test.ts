import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { catchSignals } from "../../../../host/src/daemon/signals.ts";

describe("signals of the daemon", () => {
  it("that came before anything was ready are made up for: one reload, however many were sent", () => {
    const source = new EventEmitter();
    const signals = catchSignals(source);
    for (let i = 0; i < 3; i++) source.emit("SIGHUP");
    let reloads = 0;
    signals.onReload(() => {
      reloads += 1;
    });
    expect(reloads).toBe(1);
    source.emit("SIGHUP");
    expect(reloads).toBe(2);
  });

  it("end it once, even if the signal came at the start", async () => {
    const source = new EventEmitter();
    const signals = catchSignals(source);
    source.emit("SIGINT");
    source.emit("SIGTERM");
    expect(await signals.stop).toBe("SIGINT");
  });
});
