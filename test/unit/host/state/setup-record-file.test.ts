import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSetupRecord, SetupRecordFiles } from "../../../../host/src/state/setup-record-file.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

describe("the record of a set-up guest", () => {
  it("is kept until it is cleared, one file a guest", async () => {
    const folder = tempFolder();
    const records = new SetupRecordFiles(folder);
    expect(await records.load(100)).toBeUndefined();
    const record = { args: { before: "-S", after: "-S -x" }, shares: {}, carriedShares: 70 };
    await records.save(100, record);
    await records.save(101, {});
    expect([await records.load(100), await records.load(101)]).toEqual([record, {}]);
    expect(readdirSync(join(folder, "setup")).sort()).toEqual(["qemu-100.json", "qemu-101.json"]);
    await records.clear(100);
    expect(await records.load(100)).toBeUndefined();
  });

  it("is not guessed from a file that is something else", async () => {
    const folder = tempFolder();
    const records = new SetupRecordFiles(folder);
    await records.save(100, {});
    for (const text of ["", "{", "[]", '{"format":2}', '{"format":1,"args":{"before":1,"after":""}}']) {
      writeFileSync(join(folder, "setup/qemu-100.json"), text);
      await expect(records.load(100)).rejects.toThrow(/is no record of this command/);
    }
    expect(parseSetupRecord({ format: 1, shares: { before: -1 } })).toBeUndefined();
    expect(parseSetupRecord({ format: 1, carriedShares: "7" })).toBeUndefined();
  });
});
