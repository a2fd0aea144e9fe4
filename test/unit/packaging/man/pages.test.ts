import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { everyCommand } from "../../../../host/src/cli/describe.ts";
import { describeCommandLine } from "../../../../host/src/cli/program.ts";
import { AGENT_PAGES, HOST_PAGES, manFiles } from "../../../../packaging/man/pages.ts";
import { item, manPage, text } from "../../../../packaging/man/roff.ts";

const files = manFiles([...HOST_PAGES, ...AGENT_PAGES], { version: "1.2.3", seconds: 1_796_000_000 });
const textOf = (name: string) => {
  const file = files.find(({ path }) => path.endsWith(`/${name}.gz`));
  const packed = file !== undefined && "content" in file ? gunzipSync(file.content as Uint8Array) : "";
  return packed.toString().replaceAll("\\-", "-");
};

describe("the manual pages", () => {
  it("are where man looks for them", () => {
    expect(files.map(({ path }) => path)).toEqual([
      "/usr/share/man/man1/ballast.1.gz",
      "/usr/share/man/man8/ballastd.8.gz",
      "/usr/share/man/man5/ballastd.yaml.5.gz",
      "/usr/share/man/man8/ballast-agent.8.gz",
    ]);
  });

  it("name each command and option of ballast", () => {
    const page = textOf("ballast.1");
    for (const { path, options } of everyCommand(describeCommandLine())) {
      if (path.length > 1 && options.length > 1) expect(page).toContain(path.join(" "));
      for (const { names } of options) for (const name of names) expect(page).toContain(`\\fB${name}\\fR`);
    }
  });

  it("name each key of the config with its default", () => {
    const page = textOf("ballastd.yaml.5");
    for (const key of [
      "mode",
      "host.budget",
      "guests.static[].qmp",
      "guests.overrides.NAME.shares",
      "history.maxSize",
    ])
      expect(page).toContain(`\\fB${key}\\fR`);
    expect(page).toMatch(/\\fBonStop\\fR.*\n.*\nWithout it: \\fBhold\\fR\./);
  });

  it("name the agent's commands as its help does", () => {
    const page = textOf("ballast-agent.8");
    for (const word of ["run", "report", "install", "uninstall", "version", "--token-file", "--fingerprint"])
      expect(page).toContain(`\\fB${word}\\fR`);
    expect(page).toContain("\\fIPATH\\fR");
  });
});

describe("a manual page's text", () => {
  it("has no request or escape in it that its words did not mean", () => {
    expect(text(".so /etc/passwd \\n `-x` isn't")).toBe("\\&.so /etc/passwd \\en \\fB\\-x\\fR isn\\(aqt\n");
    expect(item("x", "'br")).toBe(".TP\nx\n\\(aqbr\n");
  });

  it("has each sentence on its own line", () => {
    expect(text("One. Two.")).toBe("One.\nTwo.\n");
  });

  it("leaves out a section without text", () => {
    const page = manPage(
      { name: "x", section: 1, summary: "y", sections: [{ title: "OPTIONS", body: "" }] },
      "1",
      0,
    );
    expect(page).toBe('.TH X 1 1970-01-01 "Ballast 1" Ballast\n.SH NAME\nx \\- y\n');
  });
});
