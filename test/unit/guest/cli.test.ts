/** The agent's command line. */
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../guest/src/cli.ts";

const ROOTS = { procRoot: "/proc", sysRoot: "/sys", devRoot: "/dev" };

describe("a command line", () => {
  it.each([
    ["run", { name: "run", channel: undefined, logLevel: "info", roots: ROOTS }],
    [
      "run --channel /dev/vport1p1 --log-level debug",
      { name: "run", channel: "/dev/vport1p1", logLevel: "debug" },
    ],
    ["report", { name: "report", json: false, roots: ROOTS }],
    [
      "report --json --proc /x --sys /y --dev /z",
      { json: true, roots: { procRoot: "/x", sysRoot: "/y", devRoot: "/z" } },
    ],
    ["version", { name: "version" }],
    ["--version", { name: "version" }],
    ["help", { name: "help" }],
    ["run -h", { name: "help" }],
  ])("of %j is understood", (line, expected) => {
    expect(parseCommandLine(line.split(" "))).toMatchObject(expected);
  });

  it.each([
    ["", /say what to do/],
    ["start", /no command "start"/],
    ["run fast", /"fast" is one word too many/],
    ["run --json", /run has no option --json/],
    ["version --channel x", /version has no option --channel/],
    ["run --bogus", /Unknown option '--bogus'/],
    ["run --channel", /--channel/],
    ["run --channel unix:", /needs a path/],
    ["run --log-level loud", /--log-level is one of debug, info, warn, error/],
    ["run --url wss://host", /not in this release/],
    ["run --token-file /t", /not in this release/],
    ["install", /not in this release/],
    ["uninstall", /not in this release/],
  ])("of %j is refused with a reason", (line, problem) => {
    const command = parseCommandLine(line.split(" ").filter((word) => word !== ""));
    expect(command).toMatchObject({ name: "wrong", problem: expect.stringMatching(problem) });
  });
});
