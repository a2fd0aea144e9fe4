import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FindGuests } from "../../../../host/src/cli/environment/checks.ts";
import { run } from "../../../../host/src/cli/program.ts";
import { keepingTerminal } from "../../../fakes/keeping-terminal.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const socketPath = join(tempFolder(), "none.sock");

async function ballast(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { terminal, lines } = keepingTerminal();
  const roots = { proc: "/proc", sys: "/sys" };
  const { signal } = new AbortController();
  const repairKsm = async () => ({ text: "as it is, no broker has changed it", run: 0, savedBytes: 0 });
  const findGuests: FindGuests = async ({ guests }) => ({ entries: guests, problems: [] });
  const code = await run(args, { terminal, socketPath, signal, roots, findGuests, repairKsm });
  return { code, ...lines };
}

describe("the command line", () => {
  it.each([
    [["stauts"], "Did you mean status"],
    [["explain"], "missing required argument"],
    [["explain", "../x"], "not a valid guest name"],
    [["explain", "a\u001b[2Jb"], "not a valid guest name"],
    [["balloon", "web1", "48GB"], "write 48GiB"],
    [["balloon", "web1", "50%"], "not a size"],
    [["balloon", "web1", "0"], "no memory"],
    [["balloon", "web1", "1GiB", "--for", "10"], "write 10s"],
    [["balloon", "web1", "auto", "--for", "10m"], "no meaning"],
    [["events", "--limit", "5000"], "up to 1000"],
    [["ksm", "start"], "Allowed choices are status, on, off, unmerge"],
    [["status", "extra"], "too many arguments"],
    [["status", "--jsno"], "unknown option"],
    [["simulate", "databse"], "did you mean database?"],
    [["simulate", "a\u001b[2Jb"], "there are diurnal-web, ci-burst"],
    [["simulate", "zfs", "--controller", "proxmx"], "did you mean proxmox?"],
    [["simulate", "--controller", "nobody"], "there are ballast, static-split"],
    [["simulate", "zfs", "--guests", "10"], "leave out either"],
    [["simulate", "--guests", "0"], "from 1 up to"],
    [["simulate", "zfs", "--seed", "-1"], "write a whole number"],
    [[], "Usage: ballast"],
  ])("leaves with 2 and advice on %j", async (args, advice) => {
    const { code, out, err } = await ballast(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(advice);
    expect(err).not.toContain("\u001b");
  });

  it.each([
    ["status"],
    ["explain web1"],
    ["balloon web1 auto"],
    ["info web1"],
    ["events"],
    ["events --follow"],
  ])("leaves with 3 when nobody answers: %s", async (command) => {
    const { code, out, err } = await ballast(command.split(" "));
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toContain(`no ballastd answers on ${socketPath}`);
  });
});

describe("ballast simulate", () => {
  it.each([[["simulate"]], [["simulate", "--list"]], [["simulate", "zfs", "--list"]]])(
    "lists the scenarios with their descriptions: %j",
    async (args) => {
      const { code, out } = await ballast(args);
      expect(code).toBe(0);
      expect(out).toContain("memory-leak: Memory leak in one guest\n  One guest of 16 GiB leaks");
      expect(out).toContain("ballast simulate diurnal-web");
    },
  );

  it("lists scenarios and controllers for programs", async () => {
    const { out } = await ballast(["simulate", "--json"]);
    const { scenarios, controllers } = JSON.parse(out);
    expect(scenarios[0]).toEqual({
      name: "diurnal-web",
      title: "Diurnal web fleet",
      description: expect.stringContaining("A good controller"),
    });
    expect(controllers[0]).toMatchObject({ name: "ballast" });
  });

  it("runs a scenario under every controller, and closes with a verdict", async () => {
    const { code, out } = await ballast(["simulate", "memory-leak"]);
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    const table = lines.slice(lines.findIndex((text) => text.startsWith("CONTROLLER")) + 1);
    expect(table.slice(0, 10).map((text) => text.split(" ")[0])).toEqual([
      "ballast",
      "static-split",
      "deflate-on-oom",
      "proxmox",
      "proxmox-deflate",
      "mom",
      "mom-deflate",
      "squeezed",
      "qmemman",
      "clairvoyant",
    ]);
    expect(lines.at(-1)).toMatch(/^With Ballast .+\. Simulated in [\d.]+ s\.$/);
  });

  it("runs one controller beside the clairvoyant, with a seed of one's own, for programs", async () => {
    const { out } = await ballast([
      "simulate",
      "rolling-reboot",
      "--controller",
      "mom",
      "--seed",
      "7",
      "--json",
    ]);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ scenario: "rolling-reboot", seed: 7, guests: 11 });
    expect(result.controllers).toMatchObject([
      { controller: "mom", kills: expect.any(Number), lentBytes: expect.any(Number) },
      { controller: "clairvoyant", kills: 0, ofClairvoyantShare: 1 },
    ]);
  });

  it("runs a fleet of any size under Ballast", async () => {
    const { code, out } = await ballast(["simulate", "--guests", "30"]);
    expect(code).toBe(0);
    expect(out).toContain("30 guests with");
    expect(out).toMatch(/\nballast .+\n\nWith Ballast /);
  });
});
