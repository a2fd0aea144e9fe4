/** The agent's own version: what the bundler injects, else this package's. */
declare const BALLAST_AGENT_VERSION: string | undefined;

const PACKAGE_VERSION = "0.1.0";

export const AGENT_VERSION: string =
  typeof BALLAST_AGENT_VERSION === "string" ? BALLAST_AGENT_VERSION : PACKAGE_VERSION;
