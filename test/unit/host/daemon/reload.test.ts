import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../host/src/config/parse.ts";
import { type RunningState, reloadRefusal } from "../../../../host/src/daemon/reload.ts";

const four: RunningState = { mode: "act", guests: ["a", "b", "c", "d"] };

function refusal(text: string, running: RunningState = four): string | undefined {
  const result = parseConfig(text, "ballastd.yaml");
  if (!result.ok) throw new Error(result.problems[0]?.message);
  return reloadRefusal(running, result);
}

function file(guests: readonly string[], more = ""): string {
  const list = guests.map((name) => `    - { name: ${name}, qmp: /run/${name} }\n`).join("");
  return `mode: act\nguests:\n${more}  static:\n${list}`;
}

describe("a reload", () => {
  it("is taken when half of the guests stay, or others come", () => {
    expect(refusal(file(["a", "b"]))).toBeUndefined();
    expect(refusal(file(["a", "b", "x", "y", "z"]))).toBeUndefined();
    expect(refusal("mode: act\n", { mode: "act", guests: [] })).toBeUndefined();
  });

  it("is refused when most guests are gone, unless the file says so", () => {
    expect(refusal(file(["a"]))).toMatch(/^3 of 4 guests are gone from the file/);
    expect(refusal(file(["w", "x", "y", "z"]))).toMatch(/^4 of 4/);
    expect(refusal(file(["a"], "  allowRemoval: true\n"))).toBeUndefined();
  });

  it("is refused when the file has no keys", () => {
    for (const text of ["", "\n", "# mode: act\n", "{}\n"]) expect(refusal(text)).toMatch(/file is empty/);
  });

  it("is refused when the last line is not ended, as in a file that was cut", () => {
    expect(refusal(file(["a", "b", "c"]).trimEnd())).toMatch(/does not end with a line break/);
  });

  it("to observe is taken only when the file says it", () => {
    const silent = file(["a", "b", "c", "d"]).replace("mode: act\n", "");
    expect(refusal(silent)).toMatch(/does not say `mode`/);
    expect(refusal(silent, { ...four, mode: "observe" })).toBeUndefined();
    expect(refusal(`mode: observe\n${silent}`)).toBeUndefined();
  });
});
