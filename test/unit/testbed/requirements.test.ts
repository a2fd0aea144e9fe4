import { describe, expect, it } from "vitest";
import { findProgram, missing } from "../../testbed/requirements.ts";

describe("requirements", () => {
  it("names the packages of programs and files that are not there", () => {
    const requirements = [
      { package: "shell", anyOf: ["sh"] },
      { package: "nothing", anyOf: ["no-such-program"] },
      { package: "one-of-two", anyOf: ["no-such-program", "/proc/self/status"] },
      { package: "no-file", anyOf: ["/no/such/file"] },
    ];
    expect(missing(requirements)).toEqual(["nothing", "no-file"]);
  });

  it("finds a program by its name", () => {
    expect(findProgram("sh")).toMatch(/\/sh$/);
    expect(findProgram("no-such-program")).toBeUndefined();
  });
});
