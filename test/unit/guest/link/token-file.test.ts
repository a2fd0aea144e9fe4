/** The guest's token, as a file that nobody else may read. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readToken } from "../../../../guest/src/link/token-file.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const folder = tempFolder();
const TOKEN = "a".repeat(43);
let files = 0;

function file(text: string, mode = 0o600): string {
  const path = join(folder, `token-${++files}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("a token file", () => {
  it("gives its token without the line's end, and each time anew", () => {
    const path = file(`${TOKEN}\n`);
    expect(readToken(path)).toBe(TOKEN);
    writeFileSync(path, "b".repeat(43));
    expect(readToken(path)).toBe("b".repeat(43));
  });

  it.each([0o644, 0o640, 0o602])("with mode %o is refused, saying how to mend it", (mode) => {
    const path = file(TOKEN, mode);
    expect(() => readToken(path)).toThrow(`may be read by others: chmod 600 ${path}`);
  });

  it("is judged by the system's own access list where its mode tells nothing", () => {
    const path = file(TOKEN, 0o644);
    expect(readToken(path, () => undefined)).toBe(TOKEN);
    expect(() => readToken(path, () => "icacls …")).toThrow(`${path} may be read by others: icacls …`);
  });

  it.each(["", "short", `${TOKEN} ${TOKEN}`, `${TOKEN}\u0000`])(
    "that holds no token is refused without showing it",
    (text) => {
      const path = file(text);
      const wrong = () => readToken(path);
      expect(wrong).toThrow(/holds no token: write what `ballast agent token GUEST` printed/);
      if (text !== "") expect(wrong).not.toThrow(text);
    },
  );

  it("that is not there, or is no file, is named", () => {
    mkdirSync(join(folder, "sub"));
    expect(() => readToken(join(folder, "none"))).toThrow(/none cannot be read \(ENOENT\)/);
    expect(() => readToken(join(folder, "sub"))).toThrow(/is no regular file/);
  });
});
