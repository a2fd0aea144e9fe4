import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KsmWriteError } from "../../../../../host/src/kernel/ksm/errors.ts";
import { createKsmKnobs } from "../../../../../host/src/kernel/ksm/knobs.ts";
import { tempFolder } from "../../../../fakes/temp-folder.ts";

const TREE = fileURLToPath(new URL("../../../../fixtures/ksm/6.18/sys", import.meta.url));

function aTree() {
  const folder = tempFolder();
  cpSync(TREE, folder, { recursive: true });
  return {
    folder,
    knobs: createKsmKnobs(folder),
    text: (name: string) => readFileSync(join(folder, name), "utf8"),
  };
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe("KSM's knobs", () => {
  it("are written whole, shorter values over longer ones, and only those that are named", async () => {
    const { knobs, text } = aTree();
    await knobs.write({ run: 1, pagesToScan: 64, advisorMode: "none" });
    expect([text("run"), text("pages_to_scan"), text("advisor_mode")]).toEqual(["1\n", "64\n", "none\n"]);
    expect(text("sleep_millisecs")).toBe("20\n");
  });

  it("that this kernel lacks are refused, not made up, and what comes after is left", async () => {
    const { knobs, folder, text } = aTree();
    rmSync(join(folder, "advisor_mode"));
    const refused = knobs.write({ advisorMode: "scan-time", run: 2 });
    await expect(refused).rejects.toMatchObject({ code: "KSM_MISSING", knob: "advisor_mode" });
    await expect(refused).rejects.toThrow(KsmWriteError);
    expect(text("run")).toBe("1\n");
    expect(() => text("advisor_mode")).toThrow("ENOENT");
  });

  it.each([
    ["pages_to_scan", "EINVAL", "KSM_INVALID", /the kernel's advisor sets it; write none to advisor_mode/],
    ["run", "EINVAL", "KSM_INVALID", /0, 1 and 2 only/],
    ["merge_across_nodes", "EBUSY", "KSM_BUSY", /ballast ksm unmerge/],
    ["run", "EACCES", "KSM_DENIED", /as root/],
    ["run", "EROFS", "KSM_DENIED", /outside of a container/],
    ["run", "ENOMEM", "KSM_FAILED", /ENOMEM/],
  ])("refused by the kernel say what to do: %s, %s", (knob, code, expected, advice) => {
    const cause = errno(code);
    const error = new KsmWriteError(knob, "7", cause);
    expect(error).toMatchObject({ code: expected, knob, cause });
    expect(error.message).toMatch(advice);
  });
});

describe("taking apart", () => {
  it("is written by a process of its own, whose end is told", async () => {
    const { knobs, text } = aTree();
    expect(await knobs.unmerge().ended).toBe("done");
    expect(text("run")).toBe("2\n");
  });

  it("that fails is told", async () => {
    const { knobs, folder } = aTree();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "no folder");
    expect(await knobs.unmerge().ended).toBe("failed");
  });
});
