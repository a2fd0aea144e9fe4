/** What keeps the control API from being offered. */
export type ControlSocketCode = "CONTROL_SOCKET_IN_USE" | "CONTROL_SOCKET_TAKEN" | "CONTROL_SOCKET_UNUSABLE";

/** The socket cannot be had; `message` tells the admin what to do. */
export class ControlSocketError extends Error {
  readonly code: ControlSocketCode;

  constructor(code: ControlSocketCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ControlSocketError";
    this.code = code;
  }
}
