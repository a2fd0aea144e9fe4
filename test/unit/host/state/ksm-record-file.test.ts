import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createKsmRecord, parseRecord } from "../../../../host/src/state/ksm-record-file.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const OTHER = 999_999;
const KEPT = {
  found: { run: 0, pagesToScan: 100, sleepMs: 20, advisorMode: "none" },
  manualOff: false,
  switchedOff: { web1: 42 },
} as const;

function aRecord() {
  const folder = tempFolder();
  const warnings: string[] = [];
  const ignore = () => {};
  const log = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_: object, text: string) => void warnings.push(text),
  };
  const path = join(folder, "state/ksm.json");
  const procRoot = join(folder, "proc");
  mkdirSync(join(procRoot, "sys/kernel/random"), { recursive: true });
  const boot = (id: string) => writeFileSync(join(procRoot, "sys/kernel/random/boot_id"), `${id}\n`);
  const startedAt = (time: number, pid = process.pid) => {
    const fields = ["S", ...Array.from({ length: 18 }, () => 0), time, 1, 2].join(" ");
    mkdirSync(join(procRoot, String(pid)), { recursive: true });
    writeFileSync(
      join(procRoot, `${pid}/stat`),
      `${pid} (node (a) b) ${fields}
`,
    );
  };
  boot("first");
  startedAt(1000);
  const open = () => createKsmRecord({ path, folder: "/ksm", log, procRoot });
  return { path, open, boot, startedAt, warnings };
}

describe("the record of KSM's former values", () => {
  it("comes back whole, with the boot and the process that wrote it", () => {
    const { open } = aRecord();
    const record = open();
    expect(record.save(KEPT)).toBe(true);
    const found = open().load();
    expect(found).toEqual({
      ...KEPT,
      ...{ bootId: "first", processId: process.pid, processStart: "1000", folder: "/ksm" },
    });
    record.clear();
    expect(open().load()).toBeUndefined();
  });

  it("knows whether another owner lives, even if its pid is reused", () => {
    const { open, startedAt } = aRecord();
    open().save(KEPT);
    const own = open().load();
    if (own === undefined) throw new Error("no record");
    expect(open().isOwnerAlive(own)).toBe(false);
    const other = { ...own, processId: OTHER };
    expect(open().isOwnerAlive(other)).toBe(false);
    startedAt(1000, OTHER);
    expect(open().isOwnerAlive(other)).toBe(true);
    startedAt(2000, OTHER);
    expect(open().isOwnerAlive(other)).toBe(false);
  });

  it("knows another boot", () => {
    const { open, boot } = aRecord();
    open().save(KEPT);
    const found = open().load();
    if (found === undefined) throw new Error("no record");
    expect(open().isOfThisBoot(found)).toBe(true);
    boot("second");
    expect(open().isOfThisBoot(found)).toBe(false);
  });

  it("that cannot be kept says so, so that nothing is turned", () => {
    const { open, path, warnings } = aRecord();
    // A file stands where the folder should be.
    writeFileSync(dirname(path), "");
    expect(open().save(KEPT)).toBe(false);
    expect(warnings).toEqual(["KSM's values cannot be kept for later, so they are not changed"]);
  });

  it("that is not understood is reported and ignored", () => {
    const { open, path, warnings } = aRecord();
    open().save(KEPT);
    writeFileSync(path, readFileSync(path, "utf8").replace('"pagesToScan"', '"evilKnob"'));
    expect(open().load()).toBeUndefined();
    writeFileSync(path, "{");
    expect(open().load()).toBeUndefined();
    expect(warnings).toHaveLength(2);
  });

  it.each([
    ["another format", { format: 2 }],
    ["a text for a number", { format: 1, found: { run: "0" } }],
    ["an unknown advisor", { format: 1, found: { advisorMode: "magic" } }],
    ["a name that no guest can have", { format: 1, switchedOff: { "web1\u202e": 42 } }],
    ["a list", []],
  ])("is refused: %s", (_, value) => {
    const base = {
      bootId: "b",
      processId: 1,
      processStart: "1",
      folder: "/f",
      manualOff: false,
      switchedOff: {},
    };
    expect(parseRecord({ ...base, found: {}, format: 1 })).toBeDefined();
    expect(parseRecord(Array.isArray(value) ? value : { ...base, found: {}, ...value })).toBeUndefined();
  });
});
