/** How the agent's process ends: everything is closed, and whoever started it is told. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ending } from "../../../guest/src/ending.ts";

let steps: string[];
let ending: Ending;

beforeEach(() => {
  steps = [];
  const log = { write: (level: string, text: string) => steps.push(`${level} ${text.split("\n")[0]}`) };
  const service = {
    log: () => true,
    onStop: () => {},
    stopped: () => steps.push("stopped"),
    failed: () => steps.push("failed"),
  };
  ending = new Ending(log, service, (signal) => steps.push(signal));
});
afterEach(() => {
  process.exitCode = undefined;
});

describe("an agent that is stopped", () => {
  it("closes what was opened, the newest first, within a limit, and tells its service manager", () => {
    ending.add(() => steps.push("first"));
    ending.add(() => steps.push("second"));
    ending.stop();
    expect(steps).toEqual(["SIGTERM", "second", "first", "stopped"]);
  });

  it("closes the rest when one part cannot be closed", () => {
    ending.add(() => steps.push("first"));
    ending.add(() => {
      throw new Error("stuck");
    });
    ending.stop();
    expect(steps).toEqual(["SIGTERM", "error closing failed: Error: stuck", "first", "stopped"]);
  });

  it("ends once", () => {
    ending.stop();
    ending.stop();
    expect(steps).toEqual(["SIGTERM", "stopped"]);
  });

  it("closes at once what is opened after that", () => {
    ending.stop();
    ending.add(() => steps.push("late"));
    expect(steps.at(-1)).toBe("late");
  });
});

describe("an agent in which something failed", () => {
  it("says why, and does not leave its service running", () => {
    ending.add(() => steps.push("first"));
    ending.fail(new Error("broken"));
    expect(steps).toEqual(["error the agent failed: Error: broken", "SIGKILL", "first", "failed"]);
    expect(process.exitCode).toBe(1);
  });
});
