import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Log } from "../../../../host/src/model/adapters.ts";
import { GuestModeStoreError } from "../../../../host/src/model/guest-modes.ts";
import { createGuestModeFile, parseGuestModes } from "../../../../host/src/state/guest-mode-file.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

function logging(): { log: Log; warnings: string[] } {
  const warnings: string[] = [];
  const silent = () => {};
  return {
    warnings,
    log: { debug: silent, info: silent, error: silent, warn: (_, text) => void warnings.push(text) },
  };
}

describe("the file of the guests' own modes", () => {
  it("gives back what it was given, in a folder that it makes", () => {
    const { log, warnings } = logging();
    const path = join(tempFolder(), "state", "modes.json");
    expect(createGuestModeFile(path, log).load()).toEqual({});
    createGuestModeFile(path, log).save({ web1: "act", db1: "observe" });
    expect(createGuestModeFile(path, log).load()).toEqual({ web1: "act", db1: "observe" });
    expect(warnings).toEqual([]);
  });

  it("keeps what it had and throws a typed error when the disk is full; a file that makes no sense is told", () => {
    const { log, warnings } = logging();
    const path = join(tempFolder(), "modes.json");
    const store = createGuestModeFile(path, log);
    store.save({ web1: "act" });
    // Each write to this device fails with ENOSPC.
    symlinkSync("/dev/full", `${path}.new`);
    expect(() => store.save({})).toThrow(GuestModeStoreError);
    expect(store.load()).toEqual({ web1: "act" });
    writeFileSync(path, "{");
    expect(store.load()).toEqual({});
    expect(warnings).toHaveLength(1);
  });

  it.each([
    [null],
    [{ format: 2, modes: {} }],
    [{ format: 1, modes: { a: "off" } }],
    [{ format: 1, modes: { "a  managed\u202e": "act" } }],
  ])("refuses %j", (value) => {
    expect(parseGuestModes(value)).toBeUndefined();
  });
});
