/** Reads where the sources stand: version, commit, date. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SourceFacts } from "./version.ts";

/** Folder of the clone. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** For sources without a commit: the first second that every archive format can hold, 1980-01-01. */
const OLDEST_SECONDS = 315_532_800;

/** Facts of the clone that this file is in. */
export function sourceFacts(): SourceFacts {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const id = git("rev-parse", "--short", "HEAD");
  if (id === undefined) return { version };
  const seconds = Number(git("log", "-1", "--format=%ct"));
  const tags = git("tag", "--points-at", "HEAD")?.split("\n") ?? [];
  const isChanged = git("status", "--porcelain") !== "";
  return { version, commit: { id, seconds, isRelease: tags.includes(`v${version}`), isChanged } };
}

/** The time that every file in a package has (reproducible-builds.org, SOURCE_DATE_EPOCH): that of the last commit, in seconds. */
export function sourceSeconds({ commit }: SourceFacts, env: NodeJS.ProcessEnv = process.env): number {
  const given = Number(env["SOURCE_DATE_EPOCH"] || Number.NaN);
  return Number.isInteger(given) ? given : (commit?.seconds ?? OLDEST_SECONDS);
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}
