/** What can go wrong between the broker and another program, with what to do about it. */
export abstract class AdvisedError<Code extends string = string> extends Error {
  /** Stable, for programs. */
  readonly code: Code;
  /** What the admin can do. */
  readonly advice: string;

  constructor(code: Code, message: string, advice: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.advice = advice;
  }

  /** Message and advice, for the admin. */
  get inWords(): string {
    return `${this.message}; ${this.advice}`;
  }
}
