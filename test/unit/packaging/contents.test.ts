/** What the packages hold, and that each name in them leads to something that is there. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { serviceFiles } from "../../../guest/src/service/systemd-files.ts";
import { DEFAULT_CONFIG_PATH } from "../../../host/src/config/load.ts";
import { parseConfig } from "../../../host/src/config/parse.ts";
import { HAND_OVER } from "../../../host/src/daemon/signals.ts";
import { describeAgent } from "../../../packaging/agent.ts";
import { BALLAST_SCRIPTS, describeBallast } from "../../../packaging/ballast.ts";
import type { PackageDescription } from "../../../packaging/description.ts";
import { foldersTo } from "../../../packaging/staging.ts";

const PROGRAM = "/made/program";
const ballast = describeBallast(PROGRAM);
const agent = describeAgent("x64", PROGRAM, Uint8Array.of(1));

function textIn({ files }: PackageDescription, path: string): string {
  const file = files.find((each) => each.path === path);
  return file && "content" in file ? String(file.content) : "";
}

describe("the host's package", () => {
  const unit = textIn(ballast, "/usr/lib/systemd/system/ballastd.service");

  it("has one executable under two names", () => {
    expect(ballast.files.filter((file) => "from" in file)).toHaveLength(1);
    expect(ballast.files).toContainEqual({ path: "/usr/bin/ballastd", linkTo: "ballast" });
    expect(unit).toContain("ExecStart=/usr/bin/ballastd\n");
  });

  it("brings the config where the broker looks for it, as the admin's own file, and it only observes", () => {
    expect(ballast.configFiles).toEqual([DEFAULT_CONFIG_PATH]);
    const result = parseConfig(textIn(ballast, DEFAULT_CONFIG_PATH), DEFAULT_CONFIG_PATH);
    expect(result.ok && result.config.policy.mode).toBe("observe");
  });

  it("gives the control socket's folder to the group that it makes, and its sockets with it", () => {
    expect(textIn(ballast, "/usr/lib/sysusers.d/ballast.conf")).toMatch(/^g ballast -$/m);
    expect(textIn(ballast, "/usr/lib/tmpfiles.d/ballast.conf")).toMatch(
      /^d \/run\/ballast 2750 root ballast -$/m,
    );
  });

  it("brings a completion where each shell looks for those of packages", () => {
    const paths = [
      "bash-completion/completions/ballast",
      "zsh/vendor-completions/_ballast",
      "fish/vendor_completions.d/ballast.fish",
    ];
    for (const path of paths) expect(textIn(ballast, `/usr/share/${path}`)).toContain("ballast guest-names");
  });

  it("opens to the broker what it writes, and no other file", () => {
    expect(unit).toMatch(/^ProtectSystem=strict$/m);
    expect(unit).toMatch(/^ReadWritePaths=-\/sys\/kernel\/mm\/ksm -\/run\/ballast$/m);
    expect(unit).toMatch(/^StateDirectory=ballast$/m);
  });

  it("lets no core be written: it would hold tokens", () => {
    expect(unit).toMatch(/^LimitCORE=0$/m);
    expect(textIn(agent, "/usr/lib/systemd/system/ballast-agent.service")).toMatch(/^LimitCORE=0$/m);
  });

  it("begins anew where a signal comes before it can be taken: systemd holds an end by SIGHUP for a clean one", () => {
    expect(unit).toMatch(new RegExp(`^RestartForceExitStatus=SIGHUP ${HAND_OVER}$`, "m"));
  });

  it("asks the old broker for a hand-over before it is started anew", () => {
    const [before = "", after] = BALLAST_SCRIPTS.postinst.split("deb-systemd-invoke restart");
    expect(before).toContain(`--signal=${HAND_OVER} ballastd.service`);
    expect(after).toBeDefined();
  });
});

describe("the agent's package", () => {
  it("is the service that `install` makes, in the folders of packages", () => {
    const [installed] = serviceFiles("/usr/lib/ballast-agent/ballast-agent", [], Uint8Array.of(1)).flatMap(
      (file) => (file.path.endsWith(".service") && "content" in file ? [String(file.content)] : []),
    );
    const unit = textIn(agent, "/usr/lib/systemd/system/ballast-agent.service");
    expect(installed).toContain(unit);
    expect(unit).toContain("ExecStart=/usr/lib/ballast-agent/ballast-agent run\n");
  });

  it("is started by udev where the port is, and nowhere else", () => {
    const names = agent.files.map(({ path }) => path);
    expect(names).toContain("/usr/lib/udev/rules.d/90-ballast-agent.rules");
    expect(names.filter((name) => name.includes(".wants/"))).toEqual([]);
  });
});

describe("each package", () => {
  it.each([ballast, agent])("writes below /usr and its config alone ($name)", ({ files, configFiles }) => {
    const others = files.map(({ path }) => path).filter((path) => !path.startsWith("/usr/"));
    expect(others).toEqual(configFiles);
  });

  it.each(["host", "guest"])("has scripts that a shell can read (%s)", (part) => {
    for (const name of ["postinst", "prerm", "postrm"])
      expect(
        readFileSync(new URL(`../../../${part}/packaging/deb/${name}`, import.meta.url), "utf8"),
      ).toMatch(/^#!\/bin\/sh\nset -e\n/);
  });
});

describe("staging", () => {
  it("makes each folder on the way to a file", () => {
    expect(foldersTo("/usr/bin/tool")).toEqual(["/", "/usr", "/usr/bin"]);
  });
});
