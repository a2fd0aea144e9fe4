/** The manual pages in the two programs that show them: man-db with groff, and mandoc. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { AGENT_PAGES, HOST_PAGES, manFiles } from "../../../packaging/man/pages.ts";
import { tempFolder } from "../../fakes/temp-folder.ts";
import { findProgram } from "../../testbed/requirements.ts";

const folder = tempFolder();
const pages = manFiles([...HOST_PAGES, ...AGENT_PAGES], { version: "1.2.3", seconds: 1_796_000_000 }).map(
  (file) => {
    const path = join(folder, basename(file.path, ".gz"));
    if ("content" in file) writeFileSync(path, gunzipSync(file.content as Uint8Array));
    return path;
  },
);

describe.skipIf(findProgram("mandoc") === undefined)("the manual pages in mandoc", () => {
  it.each(pages)("raise no warning: %s", (page) => {
    const { status, stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "warning", page], {
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });
});

describe.skipIf(findProgram("man") === undefined)("the manual pages in man", () => {
  it.each(pages)("raise no warning, and are shown: %s", (page) => {
    const env = { ...process.env, LC_ALL: "C.UTF-8", MANWIDTH: "80", MANROFFSEQ: "" };
    const { stdout, stderr } = spawnSync("man", ["--warnings", "-E", "UTF-8", "-l", page], {
      encoding: "utf8",
      env,
    });
    expect(stderr).toBe("");
    expect(stdout).toContain("SEE ALSO");
  });
});
