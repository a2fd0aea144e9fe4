/** Finding the virtio-serial port by its name. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findPort } from "../../../../guest/src/link/find-port.ts";

const SYS = fileURLToPath(new URL("../../../fixtures/proc/6.1-squeezed/sys", import.meta.url));
let dev: string;

beforeEach(() => {
  dev = mkdtempSync(join(tmpdir(), "dev-"));
});
afterEach(() => rmSync(dev, { recursive: true }));

it("takes the port with the name, without udev's links", () => {
  writeFileSync(join(dev, "vport1p2"), "");
  expect(findPort(SYS, dev)).toEqual({ found: true, path: join(dev, "vport1p2") });
});

it("says so when the device node is missing", () => {
  expect(findPort(SYS, dev)).toMatchObject({
    found: false,
    problem: expect.stringContaining("mount devtmpfs"),
  });
});

it.each([
  ["another name", SYS, "org.example.0"],
  ["a machine without ports", "/nonexistent", undefined],
])("says what to add for %s", (_, sys, name) => {
  expect(findPort(sys, dev, name)).toMatchObject({
    found: false,
    problem: expect.stringContaining("add the channel"),
  });
});
