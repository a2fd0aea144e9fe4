/** Exit codes, and the errors that lead to them. */
export const EXIT = {
  fine: 0,
  failed: 1,
  /** Wrong usage, or a config with problems. */
  usage: 2,
  unreachable: 3,
} as const;

/** No broker could be asked; `message` says what to do. */
export class BrokerUnreachableError extends Error {
  readonly code = "BROKER_UNREACHABLE";
}

/** The broker answered, and the answer is no. */
export class BrokerRefusedError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The command line makes no sense in a way that the parser of options cannot see. */
export class UsageError extends Error {
  readonly code = "USAGE";
}

/** What was asked cannot be done; `message` says why and what to do. */
export class CommandFailedError extends Error {
  readonly code = "FAILED";
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof BrokerUnreachableError) return EXIT.unreachable;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
