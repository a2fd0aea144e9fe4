import { describe, expect, it } from "vitest";
import { windowsCommandLine } from "../../../../guest/src/service/windows-command-line.ts";

describe("a command line of Windows", () => {
  it("leaves simple words alone", () => {
    expect(windowsCommandLine(["run", "--log-level", "info"])).toBe("run --log-level info");
  });

  it("quotes a path with a blank, so that no program named Program is looked for", () => {
    expect(windowsCommandLine(["C:\\Program Files\\Ballast\\ballast-agent.exe", "run"])).toBe(
      '"C:\\Program Files\\Ballast\\ballast-agent.exe" run',
    );
  });

  it("keeps an empty word", () => {
    expect(windowsCommandLine(["a", "", "b"])).toBe('a "" b');
  });

  it("escapes quotation marks and the backslashes before them", () => {
    expect(windowsCommandLine(['say "yes"'])).toBe('"say \\"yes\\""');
    expect(windowsCommandLine(['a\\"b'])).toBe('"a\\\\\\"b"');
  });

  it("doubles backslashes before the closing quotation mark only", () => {
    expect(windowsCommandLine(["C:\\a folder\\"])).toBe('"C:\\a folder\\\\"');
    expect(windowsCommandLine(["\\\\.\\pipe\\x"])).toBe("\\\\.\\pipe\\x");
  });
});
