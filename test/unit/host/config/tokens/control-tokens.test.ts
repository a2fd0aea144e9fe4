import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readControlTokens } from "../../../../../host/src/config/tokens/control-tokens.ts";
import { tempFolder } from "../../../../fakes/temp-folder.ts";

const [ONE, TWO] = ["1".repeat(64), "two_-".repeat(8)];

function aFile(text: string, mode = 0o600): string {
  const path = join(tempFolder(), "control.token");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("the tokens of the control API", () => {
  it("are one a line, without remarks", async () => {
    expect(await readControlTokens(aFile(`# for the panel\n${ONE}\n\n${TWO}\n`))).toEqual([ONE, TWO]);
    expect(await readControlTokens(aFile(ONE, 0o640))).toEqual([ONE]);
  });

  it.each([0o604, 0o602, 0o620, 0o666])(
    "are not taken from a file that others may read or write: %o",
    async (mode) => {
      await expect(readControlTokens(aFile(ONE, mode))).rejects.toThrow(/may be read or written.*chmod 600/);
    },
  );

  it.each(["", "# none\n", `${ONE}\nshort\n`, `${ONE} ${TWO}`, "x".repeat(257)])(
    "are refused where one is none, without telling it: %j",
    async (text) => {
      const failure = await readControlTokens(aFile(text)).catch((error: Error) => error.message);
      expect(failure).toMatch(/openssl rand -hex 32/);
      for (const word of text.split(/\s/).filter((part) => part.length > 4))
        expect(failure).not.toContain(word);
    },
  );

  it("are refused where there is no file", async () => {
    await expect(readControlTokens(join(tempFolder(), "none"))).rejects.toThrow(/is not there; make one/);
  });
});
