/** Texts of Debian's package format (Debian Policy 4.4, 5.3, deb-control(5)); pure. */
import type { PackageDescription } from "../description.ts";
import { mailbox } from "../maintainer.ts";
import type { Release } from "../release.ts";

/** What Debian's package manager is told beyond the description. */
export interface DebianFacts {
  readonly section: string;
  readonly depends: readonly string[];
}

/** Name of the architecture in Debian. */
export const DEBIAN_ARCH = { x64: "amd64", arm64: "arm64" } as const;

/** `NAME_VERSION_ARCH.deb`. */
export function debName({ name, arch }: PackageDescription, version: string): string {
  return `${name}_${version}_${DEBIAN_ARCH[arch]}.deb`;
}

/** The file `control`. `bytes` is the size of all files. */
export function controlText(
  description: PackageDescription,
  { section, depends }: DebianFacts,
  { version, maintainer, bytes }: Pick<Release, "version" | "maintainer"> & { readonly bytes: number },
): string {
  const fields = [
    ["Package", description.name],
    ["Version", version],
    ["Architecture", DEBIAN_ARCH[description.arch]],
    ["Maintainer", mailbox(maintainer)],
    ["Installed-Size", String(Math.ceil(bytes / 1024))],
    ["Depends", depends.join(", ")],
    ["Section", section],
    ["Priority", "optional"],
    ["Description", [description.summary, ...paragraphs(description.description)].join("\n ")],
  ];
  return fields.map(([name, value]) => `${name}: ${value}\n`).join("");
}

/** An empty line would end the control file's paragraph; a dot stands for it (Policy 5.6.13). */
function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => [...(index === 0 ? [] : ["."]), ...wrapped(text)]);
}

const WIDTH = 76;

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** `changelog.gz` before it is packed (Policy 4.4): what changed stands in CHANGELOG.md beside it. */
export function changelogText(
  name: string,
  { version, seconds, maintainer }: Pick<Release, "version" | "seconds" | "maintainer">,
): string {
  // RFC 5322, as date -R.
  const date = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
  return `${name} (${version}) unstable; urgency=medium

  * What changed stands in CHANGELOG.md.

 -- ${mailbox(maintainer)}  ${date}
`;
}

/** The file `copyright` (Policy 12.5, machine-readable format 1.0). The licences of what is inside the executable are whole in a file beside it. */
export function copyrightText(): string {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2026 The Ballast authors
License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
Comment:
 The executable has Node.js and libraries inside. Their authors and licences
 are in LICENSES.txt.gz beside this file.
`;
}
