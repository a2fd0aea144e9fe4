/** The manual pages of the packages, made from what the programs themselves are made from. */
import { gzipSync } from "node:zlib";
import { describeCommand } from "../../host/src/cli/describe.ts";
import { describeCommandLine } from "../../host/src/cli/program.ts";
import { daemonProgram } from "../../host/src/daemon/arguments.ts";
import type { PackageDescription, StagedFile } from "../description.ts";
import type { Release } from "../release.ts";
import { AGENT_PAGE } from "./agent-page.ts";
import { commandSections, exitSection, seeAlso } from "./command-page.ts";
import { CONFIG_PAGE } from "./config-page.ts";
import { bold, example, item, manPage, type Page } from "./roff.ts";

const EXIT_TEXTS = {
  0: "Fine.",
  1: "Failed.",
  2: "Wrong usage, or an error in the config.",
  3: "The broker cannot be reached.",
};
const { 3: _unreachable, ...DAEMON_EXIT_TEXTS } = EXIT_TEXTS;

const BALLAST_PAGE: Page = {
  name: "ballast",
  section: 1,
  summary: "shows and steers the Ballast broker, which lends idle guest memory",
  sections: [
    ...commandSections(describeCommandLine()),
    {
      title: "ENVIRONMENT",
      body: [
        item(bold("BALLAST_SOCKET"), "The broker's control socket where `--socket` does not name it."),
        item(
          bold("NO_COLOR"),
          "If it is set and not empty, nothing is coloured. Neither is what goes into a file or a pipe.",
        ),
        item(bold("BALLAST_CONFIG"), "The config that `ballast ksm` reads where no broker answers."),
      ].join(""),
    },
    exitSection(EXIT_TEXTS),
    {
      title: "EXAMPLES",
      body: [
        "See what could be lent, then let the broker move one guest:",
        example(["ballast status", "ballast report --since 1d", "ballast act web1"]),
        ".PP\nWhy did a guest have so little at night?\n",
        example(["ballast explain web1 --at 03:12", "ballast history web1 --since 12h"]),
      ]
        .join("\n")
        .replace(/^\n/gm, ""),
    },
    seeAlso("ballastd(8)", "ballastd.yaml(5)", "ballast-agent(8)"),
  ],
};

const DAEMON_PAGE: Page = {
  name: "ballastd",
  section: 8,
  summary: "the Ballast broker: balances the memory of this host's guests",
  sections: [
    ...commandSections(describeCommand(daemonProgram())),
    {
      title: "SIGNALS",
      body: [
        item(
          bold("SIGHUP"),
          "Reads the config again. A file with an error, or one that looks broken, changes nothing.",
        ),
        item(
          bold("SIGTERM"),
          "Ends it. Balloons stay as they are, or all memory is given back where the config says `onStop: release`.",
        ),
        item(bold("SIGUSR2"), "Ends it with balloons left as they are, whatever `onStop` says."),
      ].join(""),
    },
    {
      title: "FILES",
      body: [
        item(bold("/etc/ballast/ballastd.yaml"), "The config."),
        item(
          bold("/run/ballast/control.sock"),
          "The control socket. Members of the group `ballast` may use it.",
        ),
        item(
          bold("/var/lib/ballast"),
          "What outlives a restart: manual targets, guests' own modes, the history.",
        ),
      ].join(""),
    },
    exitSection(DAEMON_EXIT_TEXTS),
    seeAlso("ballastd.yaml(5)", "ballast(1)", "ballast-agent(8)"),
  ],
};

/** Pages of the host's package. */
export const HOST_PAGES: readonly Page[] = [BALLAST_PAGE, DAEMON_PAGE, CONFIG_PAGE];
/** Pages of the agent's package. */
export const AGENT_PAGES: readonly Page[] = [AGENT_PAGE];

/** The package with its manual pages. */
export function withManual(
  description: PackageDescription,
  pages: readonly Page[],
  release: Pick<Release, "version" | "seconds">,
): PackageDescription {
  return { ...description, files: [...description.files, ...manFiles(pages, release)] };
}

/** The pages where man(1) looks for them, packed without a time in them. */
export function manFiles(
  pages: readonly Page[],
  { version, seconds }: Pick<Release, "version" | "seconds">,
): StagedFile[] {
  return pages.map((page) => ({
    path: `/usr/share/man/man${page.section}/${page.name}.${page.section}.gz`,
    content: gzipSync(manPage(page, version, seconds), { level: 9 }),
  }));
}
