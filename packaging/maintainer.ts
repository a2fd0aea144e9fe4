/** Who answers for the packages; the one place of it. */

export interface Maintainer {
  readonly name: string;
  readonly email: string;
}

/** A placeholder: no mail reaches `.example` (RFC 2606). */
const NOBODY: Maintainer = { name: "The Ballast maintainers", email: "maintainers@ballast.example" };

/** The distributor that builds, as Debian's tools are told it (debchange(1)): DEBFULLNAME and DEBEMAIL. Without an address a placeholder. */
export function maintainerOf(env: NodeJS.ProcessEnv = process.env): Maintainer {
  const email = env["DEBEMAIL"];
  return email ? { name: env["DEBFULLNAME"] || email, email } : NOBODY;
}

/** `NAME <ADDRESS>`. */
export function mailbox({ name, email }: Maintainer): string {
  return `${name} <${email}>`;
}
