/** The agent as a service of its operating system: one set of verbs, whatever starts services there. */

export const SERVICE_VERBS = ["install", "uninstall", "start", "stop", "status"] as const;
export type ServiceVerb = (typeof SERVICE_VERBS)[number];

export interface ServiceOptions {
  /** Folder in which the system to be changed lies, to prepare an image; absent: this running system. */
  readonly root: string | undefined;
  /** What the service passes to `ballast-agent run`. */
  readonly runArguments: readonly string[];
}

/** What a verb did, in lines for the admin. */
export interface ServiceOutcome {
  readonly lines: readonly string[];
  /** For `status`: whether the agent runs. Otherwise that all went well. */
  readonly fine: boolean;
}

/** Each verb may be repeated. Throws a `ServiceError` that says what to do when it cannot be done. */
export type ServiceManager = Readonly<
  Record<ServiceVerb, (options: ServiceOptions) => Promise<ServiceOutcome>>
>;

/** The service could not be changed; the message is for the admin. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
}
