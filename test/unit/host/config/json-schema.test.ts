import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configJsonSchema, nodeAt } from "../../../../host/src/config/json-schema.ts";
import { DEFAULT_TUNING } from "../../../../host/src/model/settings.ts";

const committed = new URL("../../../../host/schema/ballastd.schema.json", import.meta.url);

describe("the config's JSON schema", () => {
  it("is committed as it is (else: ballast check --schema > host/schema/ballastd.schema.json, and format)", () => {
    expect(JSON.parse(readFileSync(committed, "utf8"))).toEqual(configJsonSchema());
  });

  it("has a key for each of the policy's figures", () => {
    const keys = Object.keys(nodeAt(configJsonSchema(), ["tuning"])?.properties ?? {});
    expect(keys).toHaveLength(Object.keys(DEFAULT_TUNING).length + 1);
  });

  it("knows nothing where there is nothing", () => {
    expect(nodeAt(configJsonSchema(), ["host", "nowhere", 3])).toBeUndefined();
  });
});
