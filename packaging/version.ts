/** What the release is called in each kind of package; pure. */

/** Where the sources stand. */
export interface SourceFacts {
  /** As package.json says it: `MAJOR.MINOR.PATCH`. */
  readonly version: string;
  /** Absent outside a clone. */
  readonly commit?: {
    readonly id: string;
    readonly seconds: number;
    /** Whether it is the one that was tagged `vVERSION`. */
    readonly isRelease: boolean;
    /** Whether files differ from it. */
    readonly isChanged: boolean;
  };
}

export interface PackageVersion {
  /** For deb and rpm: later commits sort after earlier ones and after the release, in both orders of versions. */
  readonly linux: string;
  /** Windows Installer compares three numbers and ignores the rest (ProductVersion). */
  readonly windows: string;
}

/** The version of packages that are made from these sources. */
export function packageVersion({ version, commit }: SourceFacts): PackageVersion {
  if (commit === undefined || (commit.isRelease && !commit.isChanged))
    return { linux: version, windows: version };
  const when = new Date(commit.seconds * 1000)
    .toISOString()
    .replace(/[-:T]/g, "")
    .slice(0, "YYYYMMDDhhmmss".length);
  const changed = commit.isChanged ? ".dirty" : "";
  // A hyphen would begin Debian's own revision, and rpm forbids it.
  return { linux: `${version}+git${when}.${commit.id}${changed}`, windows: version };
}
