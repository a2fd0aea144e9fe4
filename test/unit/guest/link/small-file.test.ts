/** Files that the admin names: whatever lies at the path, reading neither waits nor goes on without end. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSmallFile } from "../../../../guest/src/link/small-file.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const folder = tempFolder();
const at = (name: string) => join(folder, name);

describe("a small file", () => {
  it("is read whole, also through a link", () => {
    writeFileSync(at("file"), "text");
    symlinkSync("file", at("link"));
    expect(readSmallFile(at("link"), 4).bytes.toString()).toBe("text");
  });

  it("that is larger than it may be is refused", () => {
    writeFileSync(at("large"), "12345");
    expect(() => readSmallFile(at("large"), 4)).toThrow(/larger than the 4 bytes/);
  });

  it("is not waited for: a FIFO, a device and a folder are refused", () => {
    execFileSync("mkfifo", [at("fifo")]);
    mkdirSync(at("folder"));
    for (const path of [at("fifo"), at("folder"), "/dev/zero", "/dev/tty"])
      expect(() => readSmallFile(path, 4)).toThrow(/is no regular file/);
  });

  it("that is not there is named by the system's error", () => {
    expect(() => readSmallFile(at("none"), 4)).toThrow(/cannot be read \(ENOENT\)/);
  });
});
