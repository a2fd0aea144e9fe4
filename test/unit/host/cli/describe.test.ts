import { describe, expect, it } from "vitest";
import { placesOf } from "../../../../host/src/cli/completion/places.ts";
import { type DescribedCommand, everyCommand } from "../../../../host/src/cli/describe.ts";
import { describeCommandLine } from "../../../../host/src/cli/program.ts";

const program = describeCommandLine();
const commandAt = (...path: string[]): DescribedCommand | undefined =>
  everyCommand(program).find((command) => command.path.join(" ") === ["ballast", ...path].join(" "));

describe("the described command line", () => {
  it("has each command with what stands in its places, and hides what is for programs", () => {
    expect(program.commands.map(({ path }) => path.at(-1))).toEqual(
      expect.arrayContaining(["status", "explain", "follow", "completion"]),
    );
    expect(commandAt("guest-names")).toBeUndefined();
    expect(commandAt("explain")?.arguments).toEqual([
      { name: "guest", description: "name of the guest", isRequired: true, written: "guests" },
    ]);
    expect(commandAt("ksm")?.arguments[0]?.written).toEqual(["status", "on", "off", "unmerge"]);
  });

  it("tells an option's value and what holds without it", () => {
    expect(commandAt("report")?.options.find(({ names }) => names.includes("--since"))).toMatchObject({
      value: { name: "time", usual: "7d" },
    });
    expect(commandAt("status")?.options.find(({ names }) => names.includes("--json"))).toEqual({
      names: ["--json"],
      description: "print JSON",
    });
  });

  it("has every guest argument and every file marked, so that shells complete them", () => {
    const places = everyCommand(program).flatMap((command) => command.arguments);
    expect(places.filter(({ name, written }) => name === "guest" && written !== "guests")).toEqual([]);
    const values = everyCommand(program).flatMap(({ options }) =>
      options.flatMap(({ value }) => value ?? []),
    );
    expect(values.filter(({ name, written }) => name === "file" && written !== "files")).toEqual([]);
  });
});

describe("the options at a place", () => {
  it("are the command's own and those of the commands above it", () => {
    const advise = placesOf(program).find(({ words }) => words === "fleet advise");
    expect(advise?.options.flatMap(({ names }) => names)).toEqual(
      expect.arrayContaining(["--config", "--json", "--socket", "--help"]),
    );
  });
});
