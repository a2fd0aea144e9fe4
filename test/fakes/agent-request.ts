/** An agent's opening request, as text: for what comes before and below WebSocket. */
import { SUBPROTOCOL } from "@ballast/proto";

/** `more` are further lines of the header. */
export function agentRequest(token: string, ...more: readonly string[]): string {
  const lines = [
    "GET / HTTP/1.1",
    "host: x",
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    `sec-websocket-protocol: ${SUBPROTOCOL}`,
    `authorization: Bearer ${token}`,
  ];
  return [...lines, ...more, "", ""].join("\r\n");
}
