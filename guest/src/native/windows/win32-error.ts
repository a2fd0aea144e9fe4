/** Errors of Windows' functions, by their number in winerror.h. */

export const ERROR = {
  invalidFunction: 1,
  fileNotFound: 2,
  pathNotFound: 3,
  accessDenied: 5,
  sharingViolation: 32,
  notSupported: 50,
  invalidParameter: 87,
  pipeBusy: 231,
  cantWait: 554,
  operationAborted: 995,
  ioPending: 997,
  serviceAlreadyRunning: 1056,
  serviceDoesNotExist: 1060,
  serviceNotActive: 1062,
  notStartedByServiceManager: 1063,
  serviceMarkedForDelete: 1072,
  serviceExists: 1073,
  noSystemResources: 1450,
} as const;

/** A function of Windows failed; `code` is for programs, the message for people. */
export class Win32Error extends Error {
  override readonly name = "Win32Error";
  readonly number: number;
  readonly code: string;

  constructor(what: string, number: number) {
    super(`${what} (Windows error ${number})`);
    this.number = number;
    this.code = `WIN32_${number}`;
  }
}
