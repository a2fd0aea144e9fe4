import { describe, expect, it } from "vitest";
import { changelogText, controlText, debName } from "../../../../packaging/deb/control.ts";
import type { PackageDescription } from "../../../../packaging/description.ts";

const PACKAGE: PackageDescription = {
  name: "tool",
  arch: "arm64",
  summary: "does work",
  description: ["It works.", `It ${"works and ".repeat(20)}rests.`],
  files: [],
  configFiles: [],
};
const maintainer = { name: "A Distributor", email: "packages@distributor.test" };
const RELEASE = { version: "1.2.3", seconds: 1_796_000_000, maintainer };
const FACTS = { section: "admin", depends: ["libc6 (>= 2.28)", "systemd"] };

describe("a Debian package", () => {
  it("is named after its version and Debian's word for the processor", () => {
    expect(debName(PACKAGE, "1.2.3")).toBe("tool_1.2.3_arm64.deb");
    expect(debName({ ...PACKAGE, arch: "x64" }, "1.2.3")).toBe("tool_1.2.3_amd64.deb");
  });

  it("says what it needs and its size, rounded up to whole KiB", () => {
    const lines = controlText(PACKAGE, FACTS, { ...RELEASE, bytes: 1025 }).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "Package: tool",
        "Version: 1.2.3",
        "Architecture: arm64",
        "Maintainer: A Distributor <packages@distributor.test>",
        "Installed-Size: 2",
        "Depends: libc6 (>= 2.28), systemd",
        "Description: does work",
      ]),
    );
  });

  it("has its description in short lines that begin with a space, so that none ends the text", () => {
    const [, body = ""] = controlText(PACKAGE, FACTS, { ...RELEASE, bytes: 1 }).split(
      "Description: does work\n",
    );
    const lines = body.trimEnd().split("\n");
    expect(lines.slice(0, 2)).toEqual([" It works.", " ."]);
    expect(lines.filter((line) => !line.startsWith(" ") || line.length > 80)).toEqual([]);
    expect(body.match(/works\s+and/g)).toHaveLength(20);
  });

  it("dates its changelog as mail does", () => {
    expect(changelogText("tool", RELEASE)).toMatch(
      /^tool \(1\.2\.3\) unstable; urgency=medium\n\n {2}\* .*\n\n -- A Distributor <packages@distributor\.test> {2}Mon, 30 Nov 2026 00:53:20 \+0000\n$/,
    );
  });
});
