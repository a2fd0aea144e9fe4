import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plain } from "../../../../host/src/cli/format/paint.ts";
import { run } from "../../../../host/src/cli/program.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const socketPath = join(tempFolder(), "none.sock");

async function ballast(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const lines = { out: "", err: "" };
  const terminal = {
    out: (text: string) => {
      lines.out += `${text}\n`;
    },
    err: (text: string) => {
      lines.err += `${text}\n`;
    },
    paint: plain,
  };
  const roots = { proc: "/proc", sys: "/sys" };
  const { signal } = new AbortController();
  const repairKsm = async () => ({ text: "as it is, no broker has changed it", run: 0, savedBytes: 0 });
  const code = await run(args, { terminal, socketPath, signal, roots, repairKsm });
  return { code, ...lines };
}

describe("the command line", () => {
  it.each([
    [["stauts"], "Did you mean status"],
    [["explain"], "missing required argument"],
    [["explain", "../x"], "no guest name"],
    [["explain", "a\u001b[2Jb"], "no guest name"],
    [["balloon", "web1", "48GB"], "write 48GiB"],
    [["balloon", "web1", "50%"], "not a size"],
    [["balloon", "web1", "0"], "no memory"],
    [["balloon", "web1", "1GiB", "--for", "10"], "write 10s"],
    [["balloon", "web1", "auto", "--for", "10m"], "no meaning"],
    [["events", "--limit", "5000"], "up to 1000"],
    [["ksm", "start"], "Allowed choices are status, on, off, unmerge"],
    [["status", "extra"], "too many arguments"],
    [["status", "--jsno"], "unknown option"],
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
