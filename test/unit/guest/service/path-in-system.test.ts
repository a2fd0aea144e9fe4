/** Paths of an image's system: its links never lead out of it. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { pathInSystem } from "../../../../guest/src/service/path-in-system.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

let root: string;
beforeEach(() => {
  root = socketFolder();
});
const link = (target: string, name: string) => symlinkSync(target, join(root, name));

describe("a path in an image", () => {
  it("is below its root, whether its folders are there or not", () => {
    mkdirSync(join(root, "etc"));
    expect(pathInSystem(root, "/etc/systemd/unit")).toBe(join(root, "etc/systemd/unit"));
  });

  it("follows absolute links and those with .. inside the image", () => {
    mkdirSync(join(root, "var"));
    link("/var/etc", "etc");
    link("../../../../../var", "up");
    expect(pathInSystem(root, "/etc/unit")).toBe(join(root, "var/etc/unit"));
    expect(pathInSystem(root, "/up/unit")).toBe(join(root, "var/unit"));
  });

  it("does not follow its last name", () => {
    link("/elsewhere", "unit");
    expect(pathInSystem(root, "/unit")).toBe(join(root, "unit"));
  });

  it("is refused when its links lead in a circle", () => {
    link("/b", "a");
    link("/a", "b");
    expect(() => pathInSystem(root, "/a/unit")).toThrow(/lead in a circle/);
  });
});
