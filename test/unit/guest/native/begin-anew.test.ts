/** What a program is begun anew with, and that it lives on where the system refuses. */
import { describe, expect, it } from "vitest";
import { beginAnew } from "../../../../guest/src/native/begin-anew.ts";

describe("a program that begins anew", () => {
  it("has the same words and the given variables", () => {
    const calls: unknown[] = [];
    const execve = (...words: unknown[]) => calls.push(words);
    beginAnew({ execve }, { PATH: "/bin", EMPTY: "" });
    const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    expect(calls).toEqual([[process.execPath, words, ["PATH=/bin", "EMPTY="]]]);
  });

  it("runs on where the system refuses", () => {
    expect(() => beginAnew({ execve: () => -1 })).not.toThrow();
  });
});
