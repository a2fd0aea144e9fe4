/** Why the listener cannot be opened, in words that tell the admin what to do. */

/** `message` is for the admin. */
export class AgentListenError extends Error {
  readonly code = "AGENT_LISTEN";
}

export function explainListenError(
  error: NodeJS.ErrnoException,
  host: string,
  port: number,
): AgentListenError {
  return new AgentListenError(`cannot listen for agents on ${host}:${port}: ${advice(error)}`, {
    cause: error,
  });
}

function advice({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return "another program listens there; end it, or change agents.websocket.listen";
    case "EADDRNOTAVAIL":
      return "this machine has no such address; change agents.websocket.listen";
    case "EACCES":
      return "no permission; take a port above 1023, or run as root";
    default:
      return message;
  }
}
