/** What all packages of one run have in common. */
import type { Maintainer } from "./maintainer.ts";

/** `small` for what is published, a minute of work for each package; `quick` for tests. */
export type Compression = "small" | "quick";

export interface Release {
  readonly version: string;
  readonly maintainer: Maintainer;
  /** As Windows Installer compares it. */
  readonly windowsVersion: string;
  /** The time of every file in a package, since 1970. */
  readonly seconds: number;
  /** Licences of what is inside the executables. */
  readonly notices: string;
  /** Text of CHANGELOG.md. */
  readonly changes: string;
  /** Where the packages go. */
  readonly folder: string;
  readonly compression: Compression;
}
