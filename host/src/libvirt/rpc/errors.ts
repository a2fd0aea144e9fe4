/** Everything that can go wrong between the broker and libvirtd, each with advice for the admin. */
import { AdvisedError } from "../../model/advised-error.ts";
import { foreignText } from "../../model/foreign-text.ts";

export type LibvirtErrorCode =
  | "LIBVIRT_CONNECT"
  | "LIBVIRT_AUTH"
  | "LIBVIRT_PROTOCOL"
  | "LIBVIRT_REFUSED"
  | "LIBVIRT_TOO_LONG"
  | "LIBVIRT_TIMEOUT"
  | "LIBVIRT_HUNG"
  | "LIBVIRT_STOPPED"
  | "LIBVIRT_BUSY"
  | "LIBVIRT_INTERRUPTED"
  | "LIBVIRT_CLOSED"
  | "LIBVIRT_STATE"
  | "LIBVIRT_XML"
  | "LIBVIRT_UNSUPPORTED";

/** Root of all. */
export class LibvirtError extends AdvisedError<LibvirtErrorCode> {}

const CONNECT_TROUBLE: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  ENOENT: [
    "there is no such socket",
    "start libvirt (systemctl start virtqemud.socket, or libvirtd.socket), or set guests.libvirt to off",
  ],
  EACCES: ["permission denied", "run ballastd as root, or add its user to the group libvirt"],
  ECONNREFUSED: [
    "nothing listens there",
    "start libvirt: systemctl start virtqemud.socket, or libvirtd.socket",
  ],
  EAGAIN: [
    "its queue of new clients is full",
    "look whether libvirtd hangs; raise max_clients in libvirtd.conf",
  ],
};

/** The socket could not be opened; `cause` is the system's error. */
export class LibvirtConnectError extends LibvirtError {
  constructor(path: string, cause: NodeJS.ErrnoException) {
    const known = CONNECT_TROUBLE[cause.code ?? ""];
    const [what, advice] = known ?? [cause.message, "check that libvirt runs and who may open its socket"];
    super("LIBVIRT_CONNECT", `cannot connect to libvirt's socket ${path}: ${what}`, advice, cause);
  }
}

/** libvirtd wants the client's identity, and the answer did not satisfy it. */
export class LibvirtAuthError extends LibvirtError {
  constructor(path: string, problem: string, cause?: unknown) {
    super(
      "LIBVIRT_AUTH",
      `libvirt's socket ${path} demands authentication: ${problem}`,
      "run ballastd as root, or let its user pass polkit's action org.libvirt.unix.manage (host/docs/libvirt.md has the rule)",
      cause,
    );
  }
}

/** The peer broke the protocol; the connection cannot be trusted any more. */
export class LibvirtProtocolError extends LibvirtError {
  constructor(problem: string, cause?: unknown) {
    super(
      "LIBVIRT_PROTOCOL",
      `what answers on libvirt's socket does not keep to its protocol: ${problem}`,
      "the connection is opened anew; if this repeats, check what listens on the socket",
      cause,
    );
  }
}

/** `virErrorNumber` of `include/libvirt/virterror.h`: those that are told apart here. */
export const ERROR_NUMBERS = { noDomain: 42, operationUnsupported: 84, authUnavailable: 94 } as const;

/** libvirtd answered with an error; `number` is its `virErrorNumber`. */
export class LibvirtRefusedError extends LibvirtError {
  readonly number: number;

  constructor(procedure: string, number: number, untrustedMessage: string) {
    super(
      "LIBVIRT_REFUSED",
      `libvirt refused "${procedure}": ${foreignText(untrustedMessage)}`,
      "see libvirt's own log for the reason",
    );
    this.number = number;
  }
}

/** The answer was too long to be read. */
export class LibvirtTooLongError extends LibvirtError {
  constructor(procedure: string, mostBytes: number) {
    super(
      "LIBVIRT_TOO_LONG",
      `libvirt's answer to "${procedure}" is longer than ${mostBytes} bytes`,
      "look for oversized metadata in the domain's XML (virsh dumpxml)",
    );
  }
}

/** No answer within the deadline; the call may still take effect. */
export class LibvirtTimeoutError extends LibvirtError {
  constructor(procedure: string, deadlineMs: number) {
    super(
      "LIBVIRT_TIMEOUT",
      `libvirt did not answer "${procedure}" within ${deadlineMs} ms`,
      "the domain's QEMU or libvirtd is overloaded or stopped; nothing needs to be done if it recovers",
    );
  }
}

/** An earlier call for the same domain is unanswered: nothing more is sent for it. */
export class LibvirtHungError extends LibvirtError {
  constructor(procedure: string) {
    super(
      "LIBVIRT_HUNG",
      `"${procedure}" not sent: libvirt still owes an answer about this domain`,
      "look whether the domain's QEMU hangs (state D or T in ps)",
    );
  }
}

/** The domain's QEMU would not answer: nothing is sent, so that no thread of libvirtd waits for it. */
export class LibvirtStoppedError extends LibvirtError {
  constructor(what: string) {
    super(
      "LIBVIRT_STOPPED",
      `${what}: the domain's QEMU process is stopped (state T in ps)`,
      "let it go on (kill -CONT PID), or detach the debugger",
    );
  }
}

/** The call was not sent in time, as those before it took too long. */
export class LibvirtBusyError extends LibvirtError {
  constructor(procedure: string, waiting: number) {
    super(
      "LIBVIRT_BUSY",
      `"${procedure}" not sent: ${waiting} calls to libvirt wait before it`,
      "look whether libvirtd or the QEMU of some domain hangs (state D or T in ps)",
    );
  }
}

/** The connection ended while the call was outstanding; whether it took effect is unknown. */
export class LibvirtInterruptedError extends LibvirtError {
  constructor(procedure: string, cause?: unknown) {
    super(
      "LIBVIRT_INTERRUPTED",
      `the connection ended before libvirt answered "${procedure}"`,
      "it is tried anew",
      cause,
    );
  }
}

/** libvirtd ended the connection, or the socket failed. */
export class LibvirtClosedError extends LibvirtError {
  constructor(path: string, cause?: unknown) {
    super(
      "LIBVIRT_CLOSED",
      `libvirt closed the connection on ${path}`,
      "libvirtd was stopped or restarted; it is connected to anew",
      cause,
    );
  }
}

/** A call that the connection's state does not allow. */
export class LibvirtStateError extends LibvirtError {
  constructor(what: string, problem: string) {
    super("LIBVIRT_STATE", `cannot ${what}: ${problem}`, "wait until libvirt can be reached");
  }
}

/** A domain's XML that cannot be understood. */
export class LibvirtXmlError extends LibvirtError {
  constructor(problem: string, cause?: unknown) {
    super("LIBVIRT_XML", problem, "look at the domain's XML: virsh dumpxml DOMAIN", cause);
  }
}

/** Something that libvirt has no way for. */
export class LibvirtUnsupportedError extends LibvirtError {
  constructor(what: string, advice: string) {
    super("LIBVIRT_UNSUPPORTED", `libvirt cannot ${what}`, advice);
  }
}
