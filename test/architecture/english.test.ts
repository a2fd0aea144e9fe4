import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LONGEST_RULE = 150;
/** Words for people, unless a person stands before them. Programs, guests and files are "it", "that" and "which". */
const FOR_PEOPLE = /(?<!\b(?:admins?|engineers?|people|persons?|users?)[\s*,]+)\b(?:who|whom|whoever)\b/i;
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/.*$/gm;

/** Folders beside the sources are not entered: caches of other tests, where links lead out of the repository. */
function sourcesOf(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  const found = entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(?:\.|node_modules$|dist$)/.test(entry.name) ? [] : sourcesOf(path);
    return entry.isFile() && entry.name.endsWith(".ts") ? [path] : [];
  });
  return found.sort();
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The comments of a source. Names of programs stand in code marks and are left out. */
function commentsOf(source: string): string[] {
  return [...source.matchAll(COMMENT)].map(([comment]) => comment.replaceAll(/`[^`]*`/g, ""));
}

/** The sentence with which a policy file opens; undefined where its first line is not a comment of whole sentences. */
function ruleOf(source: string): string | undefined {
  const [, rule] = /^\/\*\* (\S.*[.)]) \*\/\n/.exec(source) ?? [];
  return rule;
}

describe("each file of the policy", () => {
  const files = sourcesOf("host/src/policy");
  const rules = new Map(files.map((path) => [path, ruleOf(textOf(path))]));

  it("opens with its rule: one line that ends as a sentence", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.filter((path) => rules.get(path) === undefined)).toEqual([]);
  });

  it(`says its rule in at most ${LONGEST_RULE} characters`, () => {
    expect(files.filter((path) => (rules.get(path)?.length ?? 0) > LONGEST_RULE)).toEqual([]);
  });

  it("has a rule of its own", () => {
    expect(new Set(rules.values()).size).toBe(files.length);
  });
});

describe("a comment", () => {
  it("is found in every form, and a link in a text is none", () => {
    const source = 'a(); // one\n/** two `who` */\nconst b = "http://c";\n  // three\n';
    expect(commentsOf(source)).toEqual(["// one", "/** two  */", "// three"]);
  });

  it("may speak of an admin as a person", () => {
    const wrong = ["a guest that waits", "the admin\n * who waits", "an agent who waits", "Whoever waits"];
    expect(wrong.filter((comment) => FOR_PEOPLE.test(comment))).toEqual(wrong.slice(2));
  });

  it.each(["host/src", "guest/src", "proto/src"])(
    "speaks of programs as things, not as people: %s",
    (folder) => {
      const wrong = sourcesOf(folder).flatMap((path) =>
        commentsOf(textOf(path))
          .filter((comment) => FOR_PEOPLE.test(comment))
          .map((comment) => `${path}: ${comment}`),
      );
      expect(wrong).toEqual([]);
    },
  );
});

describe("the name of a test", () => {
  const NAME = /\b(?:describe|it|test)\b[\w.(!?)]*\(\s*"([^"]*)"/g;

  it("speaks of programs as things, not as people", () => {
    const files = sourcesOf("test").filter((path) => /\.(test|contract)\.ts$/.test(path));
    const names = files.flatMap((path) =>
      [...textOf(path).matchAll(NAME)].map(([, name = ""]) => `${path}: ${name}`),
    );
    expect(names.length).toBeGreaterThan(1_000);
    expect(names.filter((name) => FOR_PEOPLE.test(name))).toEqual([]);
  });
});
