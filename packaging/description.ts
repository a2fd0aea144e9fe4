/** What a package for Linux is, whichever package manager it is made for. */

/** A file or a symbolic link, by its absolute path in the installed system. */
export type StagedFile = { readonly path: string } & (
  | { readonly content: string | Uint8Array; readonly mode?: number }
  /** A file of this machine. */
  | { readonly from: string; readonly mode?: number }
  | { readonly linkTo: string }
);

/** Scripts of Debian's package manager (Debian Policy 6), by their names. */
export type MaintainerScripts = Readonly<Partial<Record<"postinst" | "prerm" | "postrm", string>>>;

export interface PackageDescription {
  readonly name: string;
  readonly arch: "x64" | "arm64";
  /** One line, without a full stop. */
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly files: readonly StagedFile[];
  /** Paths that belong to the admin once they are installed. */
  readonly configFiles: readonly string[];
}

export const LICENCE = "Apache-2.0";
/** Programs may be run by everybody, other files read. */
export const PROGRAM_MODE = 0o755;
export const FILE_MODE = 0o644;
