import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseDaemonArgs } from "../../../../host/src/daemon/arguments.ts";
import { VERSION } from "../../../../host/src/version.ts";

describe("parseDaemonArgs", () => {
  it("runs with the named or the usual config", () => {
    expect(parseDaemonArgs([])).toEqual({ kind: "run", configPath: "/etc/ballast/ballastd.yaml" });
    expect(parseDaemonArgs(["--config", "x.yaml"])).toEqual({ kind: "run", configPath: "x.yaml" });
    expect(parseDaemonArgs(["--check", "--config=x.yaml"])).toEqual({ kind: "check", configPath: "x.yaml" });
  });

  it("prints version and help and leaves with 0", () => {
    expect(parseDaemonArgs(["--version"])).toEqual({
      kind: "exit",
      exitCode: 0,
      out: `${VERSION}\n`,
      err: "",
    });
    expect(parseDaemonArgs(["--help"])).toMatchObject({ kind: "exit", exitCode: 0 });
  });

  it.each([[["--confg", "x"]], [["--config"]], [["extra"]]])("leaves with 2 on %j", (args) => {
    expect(parseDaemonArgs(args)).toMatchObject({
      kind: "exit",
      exitCode: 2,
      err: expect.stringContaining("error:"),
    });
  });
});

describe("VERSION", () => {
  it("is the package's", () => {
    const manifest = readFileSync(new URL("../../../../host/package.json", import.meta.url), "utf8");
    expect(JSON.parse(manifest).version).toBe(VERSION);
  });
});
