/** The package `ballast`: the broker and the admin's command line on one executable. */
import { readFileSync } from "node:fs";
import { buildProgram } from "../guest/packaging/executable.ts";
import { targetOf } from "../guest/packaging/targets.ts";
import { HOST_PROGRAMS } from "../host/packaging/program.ts";
import { COMPLETIONS } from "../host/src/cli/completion/completion.ts";
import type { DescribedCommand } from "../host/src/cli/describe.ts";
import { describeCommandLine } from "../host/src/cli/program.ts";
import type { DebianFacts } from "./deb/control.ts";
import { type PackageDescription, PROGRAM_MODE, type StagedFile } from "./description.ts";

const CONFIG = "/etc/ballast/ballastd.yaml";
const packed = (name: string) => readFileSync(new URL(`../host/packaging/${name}`, import.meta.url), "utf8");

/** What the package holds; the executable is made if its sources changed. */
export async function ballastPackage(): Promise<PackageDescription> {
  return describeBallast(await buildProgram(HOST_PROGRAMS, targetOf("linux-x64")));
}

/** Where bash-completion, zsh and fish look for the scripts of packages. */
function completionFiles(program: DescribedCommand): StagedFile[] {
  return [
    { path: "/usr/share/bash-completion/completions/ballast", content: COMPLETIONS.bash(program) },
    { path: "/usr/share/zsh/vendor-completions/_ballast", content: COMPLETIONS.zsh(program) },
    { path: "/usr/share/fish/vendor_completions.d/ballast.fish", content: COMPLETIONS.fish(program) },
  ];
}

/** What the package holds around the executable at `program`. */
export function describeBallast(program: string): PackageDescription {
  const files: StagedFile[] = [
    { path: "/usr/bin/ballast", from: program, mode: PROGRAM_MODE },
    { path: "/usr/bin/ballastd", linkTo: "ballast" },
    { path: "/usr/lib/systemd/system/ballastd.service", content: packed("ballastd.service") },
    { path: "/usr/lib/sysusers.d/ballast.conf", content: packed("sysusers.conf") },
    { path: "/usr/lib/tmpfiles.d/ballast.conf", content: packed("tmpfiles.conf") },
    ...completionFiles(describeCommandLine()),
    { path: CONFIG, content: packed("ballastd.yaml") },
  ];
  return {
    name: "ballast",
    arch: "x64",
    summary: "cooperative auto-ballooning for KVM/QEMU: the host's broker",
    description: [
      "Ballast lends idle memory of a guest to those that need it, and gives it back before a guest runs out.",
      "This package brings the broker ballastd and the admin's command line ballast. After the installation it observes and moves nothing, until the config says mode: act.",
    ],
    files,
    configFiles: [CONFIG],
  };
}

export const BALLAST_DEBIAN: DebianFacts = {
  section: "admin",
  // Those that Node is linked with; helpers of the scripts; flock, which is essential, is not named.
  depends: ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6", "init-system-helpers (>= 1.54)", "systemd"],
};

export const BALLAST_SCRIPTS = {
  postinst: packed("deb/postinst"),
  prerm: packed("deb/prerm"),
  postrm: packed("deb/postrm"),
} as const;

export const BALLAST_OVERRIDES = packed("deb/lintian-overrides");
