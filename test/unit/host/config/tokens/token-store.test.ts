/** Reading and changing the file of tokens. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { changeTokens, readTokens } from "../../../../../host/src/config/tokens/token-store.ts";
import { tempFolder } from "../../../../fakes/temp-folder.ts";

const folder = tempFolder();
const token = (guest: string) => ({ guest, sha256: "ab".repeat(32) });
let files = 0;
const newPath = () => join(folder, `tokens-${++files}.yaml`);

describe("the store of tokens", () => {
  it("is empty without a file", async () => {
    expect(await readTokens(newPath())).toEqual([]);
  });

  it("is changed whole, readable by its owner alone", async () => {
    const path = newPath();
    await changeTokens(path, (tokens) => [...tokens, token("web1")]);
    await changeTokens(path, (tokens) => [...tokens, token("db1")]);
    expect(await readTokens(path)).toEqual([token("web1"), token("db1")]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("keeps what it had when a change fails or the file is not understood", async () => {
    const path = newPath();
    await changeTokens(path, () => [token("web1")]);
    const failing = changeTokens(path, () => {
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(await readTokens(path)).toEqual([token("web1")]);
    writeFileSync(path, "tokens: 3\n");
    await expect(changeTokens(path, () => [])).rejects.toThrow(/tokens: expected a list, found 3/);
    expect(readFileSync(path, "utf8")).toBe("tokens: 3\n");
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("is not changed by two at a time", async () => {
    const path = newPath();
    writeFileSync(`${path}.new`, "");
    await expect(changeTokens(path, () => [])).rejects.toThrow(`remove ${path}.new`);
  });

  it("is not believed when others may write it", async () => {
    const path = newPath();
    await changeTokens(path, () => [token("web1")]);
    chmodSync(path, 0o620);
    await expect(readTokens(path)).rejects.toThrow(/may be written by others.*chmod 600/);
  });
});
