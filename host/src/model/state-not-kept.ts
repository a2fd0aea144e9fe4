/** What the admin set cannot be kept over a restart; `message` tells the admin what to do. */
export abstract class StateNotKeptError extends Error {
  abstract readonly code: string;

  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot write ${path} (${why}): make room there, or set state to another folder`, { cause });
  }
}
