/** The agent's command line. */
import { resolve } from "node:path";
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
    ["install", { name: "service", verb: "install", options: { root: undefined, runArguments: [] } }],
    [
      "install --root /image --channel /dev/x --log-level warn",
      { options: { root: "/image", runArguments: ["--channel", "/dev/x", "--log-level", "warn"] } },
    ],
    ["run", { websocket: undefined, service: false }],
    ["run --service", { name: "run", service: true }],
    [
      "run --channel none --url wss://host:7781 --token-file /t",
      { channel: "none", websocket: { url: "wss://host:7781", tokenFile: "/t" } },
    ],
    [
      "install --url ws://10.0.2.2:7781 --insecure-ws --token-file /t",
      { options: { runArguments: ["--url", "ws://10.0.2.2:7781", "--token-file", "/t", "--insecure-ws"] } },
    ],
    [
      "install --url wss://host:7781 --token-file token --ca ca.pem",
      {
        options: {
          runArguments: [
            ...["--url", "wss://host:7781", "--token-file", resolve("token")],
            ...["--ca", resolve("ca.pem")],
          ],
        },
      },
    ],
    [
      "install --channel unix:host.sock",
      { options: { runArguments: ["--channel", `unix:${resolve("host.sock")}`] } },
    ],
    ["install --channel port", { options: { runArguments: ["--channel", resolve("port")] } }],
    [
      "install --root /image --channel none --url wss://host --token-file /t",
      { options: { runArguments: ["--channel", "none", "--url", "wss://host", "--token-file", "/t"] } },
    ],
    ["uninstall --root /image", { verb: "uninstall", options: { root: "/image" } }],
    ["start", { verb: "start" }],
    ["stop", { verb: "stop" }],
    ["status", { verb: "status" }],
    ["version", { name: "version" }],
    ["--version", { name: "version" }],
    ["help", { name: "help" }],
    ["run -h", { name: "help" }],
  ])("of %j is understood", (line, expected) => {
    expect(parseCommandLine(line.split(" "))).toMatchObject(expected);
  });

  it.each([
    ["", /a command is missing/],
    ["begin", /no command "begin": run, report, version, install/],
    ["run fast", /"fast" is not expected after run/],
    ["run --json", /run has no option --json/],
    ["install --service", /install has no option --service/],
    ["version --channel x", /version has no option --channel/],
    ["run --bogus", /Unknown option '--bogus'/],
    ["run --channel", /--channel/],
    ["run --channel unix:", /needs a path/],
    ["run --log-level loud", /--log-level is one of debug, info, warn, error/],
    ["run --url wss://host", /--url needs --token-file/],
    ["run --token-file /t", /--token-file needs --url/],
    ["run --channel none", /--channel none needs --url/],
    ["report --url wss://host", /report has no option --url/],
    ["install --root=", /--root needs a folder/],
    ["install --root /image --url wss://host --token-file t", /--token-file is a path in the image/],
    ["install --root /image --channel unix:host.sock", /--channel is a path in the image/],
    ["install --log-level loud", /--log-level is one of/],
    ["uninstall --channel x", /uninstall has no option --channel/],
    ["start --root /x", /start has no option --root/],
  ])("of %j is refused with a reason", (line, problem) => {
    const command = parseCommandLine(line.split(" ").filter((word) => word !== ""));
    expect(command).toMatchObject({ name: "wrong", problem: expect.stringMatching(problem) });
  });
});
