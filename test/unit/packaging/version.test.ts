import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { packageVersion } from "../../../packaging/version.ts";

/** 2026-11-30 00:53:20 UTC. */
const commit = { id: "8990e62", seconds: 1_796_000_000, isRelease: false, isChanged: false };
const version = "0.1.0";

describe("the version of packages", () => {
  it("is the release's own where its commit is built unchanged, and outside a clone", () => {
    expect(packageVersion({ version }).linux).toBe("0.1.0");
    expect(packageVersion({ version, commit: { ...commit, isRelease: true } }).linux).toBe("0.1.0");
  });

  it("says time and commit of everything else, and that files were changed", () => {
    expect(packageVersion({ version, commit }).linux).toBe("0.1.0+git20261130005320.8990e62");
    const changed = { ...commit, isRelease: true, isChanged: true };
    expect(packageVersion({ version, commit: changed }).linux).toBe("0.1.0+git20261130005320.8990e62.dirty");
  });

  it("grows with each commit, and is followed by the next release, as Debian compares", () => {
    const early = packageVersion({ version, commit }).linux;
    const late = packageVersion({
      version,
      commit: { ...commit, id: "0000000", seconds: 1_796_000_001 },
    }).linux;
    const order = ["0.1.0", early, late, "0.1.1"];
    for (const [index, each] of order.slice(1).entries())
      execFileSync("dpkg", ["--compare-versions", order[index] ?? "", "lt", each]);
  });

  it("is three numbers for Windows", () => {
    expect(packageVersion({ version, commit }).windows).toBe("0.1.0");
  });
});
