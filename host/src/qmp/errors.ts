/** The errors of a QMP connection: one class for each phase, with advice for the admin. */
import { AdvisedError } from "../model/advised-error.ts";
import type { RunState } from "./run-state.ts";

export type QmpErrorCode =
  | "QMP_CONNECT"
  | "QMP_BUSY"
  | "QMP_GREETING"
  | "QMP_NEGOTIATION"
  | "QMP_PROTOCOL"
  | "QMP_COMMAND"
  | "QMP_REPLY"
  | "QMP_TIMEOUT"
  | "QMP_HUNG"
  | "QMP_INTERRUPTED"
  | "QMP_CLOSED"
  | "QMP_STATE";

/** Root of all. */
export class QmpError extends AdvisedError<QmpErrorCode> {}

const CONNECT_TROUBLE: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  ENOENT: [
    "there is no such socket",
    "start the guest, or correct the path; QEMU makes it with -qmp unix:PATH,server=on,wait=off",
  ],
  EACCES: ["permission denied", "run as root or as the user that owns the socket and its folder"],
  ECONNREFUSED: [
    "no program listens there",
    "QEMU has ended and left its socket behind, then it comes back when the guest starts; or the path is no socket",
  ],
  ENOTSOCK: ["this is not a socket", "correct the path to the guest's QMP socket"],
  EAGAIN: ["its queue of waiting clients is full", "close the other programs that use this monitor"],
};

/** The socket could not be opened; `cause` is the system's error. */
export class QmpConnectError extends QmpError {
  constructor(path: string, cause: NodeJS.ErrnoException) {
    const known = CONNECT_TROUBLE[cause.code ?? ""];
    const [what, advice] = known ?? [cause.message, "check the path and that the guest runs"];
    super("QMP_CONNECT", `cannot connect to the QMP socket ${path}: ${what}`, advice, cause);
  }
}

/**
 * The socket accepts but stays silent. A QEMU monitor serves one client at a time and leaves the next one
 * waiting without a greeting (chardev/char-socket.c, `tcp_chr_new_client`).
 */
export class QmpBusyError extends QmpError {
  constructor(path: string, waitedMs: number) {
    super(
      "QMP_BUSY",
      `the QMP socket ${path} accepts connections but sent no greeting within ${waitedMs} ms`,
      "another program holds this monitor, or QEMU hangs; give the guest a second monitor for ballast: " +
        "-chardev socket,id=ballast,path=PATH,server=on,wait=off -mon chardev=ballast,mode=control",
    );
  }
}

/** The command was never sent: the monitor is shared with the platform's tools and was not free within the caller's deadline. */
export class QmpLeaseBusyError extends QmpError {
  /** Its QEMU was only just started, and was left to the platform on purpose. */
  readonly isStarting: boolean;

  constructor(command: string, path: string, waitedMs: number, obstacle: string, isStarting = false) {
    super(
      "QMP_BUSY",
      `${command} not sent: the shared monitor ${path} was not free within ${Math.round(waitedMs)} ms (${obstacle})`,
      "it is tried again; a monitor of its own makes the guest independent of the platform's tools: " +
        "-chardev socket,id=ballast,path=PATH,server=on,wait=off -mon chardev=ballast,mode=control",
    );
    this.isStarting = isStarting;
  }
}

/** The first line was not a QMP greeting (docs/interop/qmp-spec, "Server Greeting"). */
export class QmpGreetingError extends QmpError {
  constructor(path: string, problem: string, cause?: unknown) {
    super(
      "QMP_GREETING",
      `${path} does not speak QMP: ${problem}`,
      "check that the path is a QMP monitor (mode=control) and not a serial port, human monitor or agent channel",
      cause,
    );
  }
}

/** QEMU refused `qmp_capabilities`. */
export class QmpNegotiationError extends QmpError {
  constructor(path: string, cause: QmpError) {
    super(
      "QMP_NEGOTIATION",
      `capabilities negotiation failed on ${path}: ${cause.message}`,
      cause.advice,
      cause,
    );
  }
}

/** Where in the received stream something was wrong. */
export interface StreamPlace {
  /** Counts received messages from 1. */
  readonly message: number;
  /** Offset of the message's first byte from the start of the connection. */
  readonly byteOffset: number;
}

/** The peer broke the protocol; the connection cannot be trusted any more. */
export class QmpProtocolError extends QmpError {
  readonly place: StreamPlace;

  constructor(problem: string, place: StreamPlace, cause?: unknown) {
    super(
      "QMP_PROTOCOL",
      `${problem} in message ${place.message} (from byte ${place.byteOffset} on)`,
      "the connection is opened anew; if this repeats, check what else answers on this socket",
      cause,
    );
    this.place = place;
  }
}

/** QEMU answered with an error; `errorClass` is the schema's (`CommandNotFound`, `DeviceNotActive`, …). */
export class QmpCommandError extends QmpError {
  readonly command: string;
  readonly errorClass: string;

  constructor(command: string, errorClass: string, description: string) {
    super("QMP_COMMAND", `QEMU refused ${command}: ${description}`, adviceFor(errorClass), undefined);
    this.command = command;
    this.errorClass = errorClass;
  }
}

function adviceFor(errorClass: string): string {
  switch (errorClass) {
    case "CommandNotFound":
      return "this QEMU is too old or too new for the command";
    case "DeviceNotActive":
      return "add the device to the guest and start it anew, e.g. -device virtio-balloon-pci";
    default:
      return "see QEMU's own log for the reason";
  }
}

/** A reply did not have the shape that the QMP schema promises. */
export class QmpReplyError extends QmpError {
  constructor(command: string, expected: string) {
    super("QMP_REPLY", `the answer to ${command} has no ${expected}`, "report this with QEMU's version");
  }
}

/** No answer within the deadline; the command may still take effect. */
export class QmpTimeoutError extends QmpError {
  constructor(command: string, deadlineMs: number) {
    super(
      "QMP_TIMEOUT",
      `QEMU did not answer ${command} within ${deadlineMs} ms`,
      "the guest's QEMU is overloaded, stopped or waits for storage; nothing needs to be done if it recovers",
    );
  }
}

/** QEMU has been silent too long or owes too many answers: nothing more is sent to it. */
export class QmpHungError extends QmpError {
  constructor(command: string, silentMs: number, outstanding: number) {
    super(
      "QMP_HUNG",
      `${command} not sent: QEMU owes ${outstanding} answer(s), the oldest for ${Math.round(silentMs / 1000)} s`,
      "look whether the QEMU process hangs (state D or T in ps); the connection is kept until it answers or ends",
    );
  }
}

/** The connection ended while the command was outstanding; whether it took effect is unknown. */
export class QmpInterruptedError extends QmpError {
  constructor(command: string, cause?: unknown) {
    super(
      "QMP_INTERRUPTED",
      `the connection ended before QEMU answered ${command}`,
      "it is tried anew",
      cause,
    );
  }
}

/** QEMU ended the connection, or the socket failed. */
export class QmpClosedError extends QmpError {
  constructor(path: string, cause?: unknown) {
    super(
      "QMP_CLOSED",
      `QEMU closed the QMP connection on ${path}`,
      "the guest was stopped; nothing to do",
      cause,
    );
  }
}

/** A call that the connection's state does not allow. */
export class QmpStateError extends QmpError {
  readonly state: RunState;

  constructor(what: string, state: RunState) {
    super(
      "QMP_STATE",
      `cannot ${what}: the connection is ${state}`,
      "wait until the guest's QEMU is reachable",
    );
    this.state = state;
  }
}
