/** One check of the machine: its input and its result. */
import type { Config } from "../../config/config.ts";

/** The root of the kernel's files; tests use another. */
export interface Roots {
  readonly proc: string;
  readonly sys: string;
}

export interface EnvironmentFinding {
  /** What was checked, such as `qmp of web1`. */
  readonly check: string;
  /** `warn`: works, but not as well as it could. `fail`: will not work. */
  readonly level: "ok" | "warn" | "fail";
  readonly text: string;
}

/** Never rejects: what cannot be checked is a finding. */
export type EnvironmentCheck = (config: Config, roots: Roots) => Promise<readonly EnvironmentFinding[]>;
