/** Texts of the rpm format (rpm's "Spec file format"); pure. */
import { LICENCE, type PackageDescription } from "../description.ts";
import { mailbox } from "../maintainer.ts";
import type { Release } from "../release.ts";
import { foldersTo } from "../staging.ts";

/** What rpm is told beyond the description. */
export interface RpmFacts {
  readonly requires: readonly string[];
  /** Shell scripts by their section: `post`, `preun`, `postun`. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** Name of the architecture in rpm. */
export const RPM_ARCH = { x64: "x86_64", arm64: "aarch64" } as const;
/** Builds of one version would be counted by it; ours tell themselves apart by the version. */
const RELEASE = "1";

/** `NAME-VERSION-1.ARCH.rpm`. */
export function rpmName({ name, arch }: PackageDescription, version: string): string {
  return `${name}-${version}-${RELEASE}.${RPM_ARCH[arch]}.rpm`;
}

/** The spec of a package whose files are staged in `root` already: nothing is compiled, stripped or searched. */
export function specText(
  description: PackageDescription,
  { requires, scripts }: RpmFacts,
  { version, maintainer }: Pick<Release, "version" | "maintainer">,
  root: string,
): string {
  const { name, summary, files, configFiles } = description;
  const own = new Set(
    files.flatMap(({ path }) => foldersTo(path)).filter((path) => path.endsWith(`/${name}`)),
  );
  const folders = [...own].map((path) => `%dir "${path}"`);
  const listed = files.map(
    ({ path }) => `${configFiles.includes(path) ? "%config(noreplace) " : ""}"${path}"`,
  );
  const sections = Object.entries(scripts).map(
    ([section, text]) => `%${section}\n${escaped(text.trimEnd())}\n`,
  );
  return `Name: ${name}
Version: ${version}
Release: ${RELEASE}
Summary: ${escaped(summary)}
License: ${LICENCE}
Packager: ${escaped(mailbox(maintainer))}
AutoReqProv: no
${requires.map((one) => `Requires: ${one}\n`).join("")}
%description
${escaped(description.description.join("\n\n"))}

%install
cp -a "${root}/." "%{buildroot}"

${sections.join("\n")}
%files
${[...folders, ...listed].join("\n")}
`;
}

/** A percent sign begins a macro. */
function escaped(text: string): string {
  return text.replaceAll("%", "%%");
}
