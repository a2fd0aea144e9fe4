/** The committed static code is what the schema says, and the words of the messages are those of the schema. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ballast } from "../../../proto/generated/guest.js";
import * as messages from "../../../proto/src/messages.ts";

const proto = fileURLToPath(new URL("../../../proto/", import.meta.url));
const schema = (name: string) => readFileSync(join(proto, `ballast/guest/v1/${name}.proto`), "utf8");

test("generating again gives the committed code", () => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-generated-"));
  try {
    execFileSync(process.execPath, [join(proto, "generate.mjs"), folder]);
    for (const file of ["guest.js", "guest.d.ts"]) {
      const fresh = readFileSync(join(folder, file), "utf8");
      const committed = readFileSync(join(proto, "generated", file), "utf8");
      expect(fresh === committed, `${file} is out of date: run npm run proto:generate`).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);

const screaming = (word: string) => word.toUpperCase().replaceAll("-", "_");
const v1 = ballast.guest.v1;

test.each([
  ["PRESSURE", v1.Pressure, messages.PRESSURES],
  ["CAPABILITY", v1.Capability, messages.CAPABILITIES],
  ["OS_FAMILY", v1.OsFamily, messages.OS_FAMILIES],
  ["GOODBYE_REASON", v1.GoodbyeReason, messages.GOODBYE_REASONS],
  ["DEMAND_OUTCOME", v1.DemandOutcome, messages.DEMAND_OUTCOMES],
])("the words of %s stand in the order of the wire's numbers", (prefix, wire, words) => {
  const named = Object.entries(wire).filter(([name]) => name.startsWith(prefix));
  const expected = ["unspecified", ...words].map((word, number) => [`${prefix}_${screaming(word)}`, number]);
  expect(named).toEqual(expected);
});

const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

test.each([
  ["report", "Report", messages.REPORT_NUMBERS],
  ["report", "Demand", messages.DEMAND_NUMBERS],
  ["control", "Tuning", messages.TUNING_NUMBERS],
  ["control", "InflationNotice", messages.NOTICE_NUMBERS],
])("%s.proto and the messages name the same numbers in %s", (file, message, names) => {
  const body = schema(file).match(new RegExp(`message ${message} \\{(.*?)\\n\\}`, "s"))?.[1] ?? "";
  const fields = [...body.matchAll(/optional u?int\d+ (\w+) =/g)].map((match) => camel(match[1] ?? ""));
  expect([...names].sort()).toEqual(fields.sort());
});

test("every 32-bit statistic of the schema is known as one, so that none wraps around", async () => {
  const { writeNumbers } = await import("../../../proto/src/values.ts");
  for (const file of ["report", "control"])
    for (const match of schema(file).matchAll(/optional uint32 (\w+) =/g)) {
      const name = camel(match[1] ?? "");
      expect(writeNumbers({ [name]: 2 ** 32 }, [name])).toEqual({});
      expect(writeNumbers({ [name]: 2 ** 32 - 1 }, [name])).toEqual({ [name]: 2 ** 32 - 1 });
    }
});
