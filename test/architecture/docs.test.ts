import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MOST_WORDS = 900;

const pages = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((page) => page !== "" && existsSync(join(ROOT, page)));

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

/** Relative targets of `[text](target)`, without their anchors. */
function linksOf(page: string): string[] {
  return [...textOf(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Files of this repository that are named in code marks, from its root. */
function pathsOf(page: string): string[] {
  return [...textOf(page).matchAll(/`((?:host|guest|proto|test)\/[\w./-]+)`/g)].map(
    (match) => match[1] ?? "",
  );
}

describe("the documentation", () => {
  it("links to pages that exist", () => {
    expect(pages.length).toBeGreaterThan(8);
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((target) => !existsSync(resolve(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("names files that exist", () => {
    const lost = pages.flatMap((page) =>
      pathsOf(page)
        // What a build makes is not there in a fresh clone.
        .filter((path) => !path.includes("/dist/") && !existsSync(join(ROOT, path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(lost).toEqual([]);
  });

  it("names the test of each failure that it tells of", () => {
    const rows = textOf("host/docs/failure.md").match(/^\|(?! what fails|---).*$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => !row.includes("](../../test/"))).toEqual([]);
  });

  it("lists every page of the host in its index", () => {
    const index = textOf("host/docs/README.md");
    const missing = pages.filter((page) => page.startsWith("host/docs/") && !page.endsWith("README.md"));
    expect(missing.filter((page) => !index.includes(`(${page.slice("host/docs/".length)})`))).toEqual([]);
  });
});

describe("the README", () => {
  it(`has at most ${MOST_WORDS} words before its links`, () => {
    const [body = ""] = textOf("README.md").split("## More");
    expect(body.split(/\s+/).length).toBeLessThanOrEqual(MOST_WORDS);
  });
});
