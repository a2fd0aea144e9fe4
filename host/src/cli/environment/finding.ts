/** What one look at the machine asks and answers. */
import type { Config } from "../../config/config.ts";

/** Where the kernel shows itself; tests show another. */
export interface Roots {
  readonly proc: string;
  readonly sys: string;
}

export interface EnvironmentFinding {
  /** What was looked at, such as `qmp of web1`. */
  readonly check: string;
  /** `warn`: works, but not as well as it could. `fail`: will not work. */
  readonly level: "ok" | "warn" | "fail";
  readonly text: string;
}

/** Never rejects: what cannot be looked at is a finding. */
export type EnvironmentCheck = (config: Config, roots: Roots) => Promise<readonly EnvironmentFinding[]>;
