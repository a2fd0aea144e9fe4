/** The package `ballast-agent`: the guest's agent as its executable installs itself, in the folders of packages. */
import { readFileSync } from "node:fs";
import { buildExecutable, koffiFile } from "../guest/packaging/executable.ts";
import { targetOf } from "../guest/packaging/targets.ts";
import { PACKAGED_PROGRAM, packageFiles } from "../guest/src/service/systemd-files.ts";
import type { DebianFacts } from "./deb/control.ts";
import { type PackageDescription, PROGRAM_MODE } from "./description.ts";

const packed = (name: string) => readFileSync(new URL(`../guest/packaging/${name}`, import.meta.url), "utf8");

import type { RpmFacts } from "./rpm/spec.ts";

/** What the package holds; the executable is made if its sources changed. */
export async function agentPackage(arch: PackageDescription["arch"]): Promise<PackageDescription> {
  const target = targetOf(`linux-${arch}`);
  const program = await buildExecutable(target);
  return describeAgent(arch, program, readFileSync(await koffiFile(target)));
}

/** What the package holds around the executable at `program` and its native library. */
export function describeAgent(
  arch: PackageDescription["arch"],
  program: string,
  library: Uint8Array,
): PackageDescription {
  return {
    name: "ballast-agent",
    arch,
    summary: "cooperative auto-ballooning for KVM/QEMU: the agent in a guest",
    description: [
      "The agent reports to the host what this guest's memory is really used for, and demands memory before the guest runs out.",
      "It starts where the virtio-serial port org.ballast.agent.0 is there. No message makes it run, read or change anything in the guest.",
    ],
    files: [{ path: PACKAGED_PROGRAM, from: program, mode: PROGRAM_MODE }, ...packageFiles(library)],
    configFiles: [],
  };
}

export const AGENT_DEBIAN: DebianFacts = {
  section: "admin",
  depends: ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6", "init-system-helpers (>= 1.54)"],
};

export const AGENT_SCRIPTS = {
  postinst: packed("deb/postinst"),
  prerm: packed("deb/prerm"),
  postrm: packed("deb/postrm"),
} as const;

export const AGENT_RPM: RpmFacts = {
  requires: ["glibc >= 2.28", "libgcc", "libstdc++", "systemd"],
  scripts: { post: packed("rpm/post"), preun: packed("rpm/preun"), postun: packed("rpm/postun") },
};

export const AGENT_OVERRIDES = packed("deb/lintian-overrides");
