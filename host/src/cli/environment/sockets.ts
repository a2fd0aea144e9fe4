/** Checks whether the guests' sockets exist and whether this process may use them. */
import type { Config } from "../../config/config.ts";
import { type PathState, pathStateOf } from "./access.ts";
import type { EnvironmentFinding } from "./finding.ts";

/** A guest that is not running has no sockets, hence only a warning. */
const ANSWERS: Readonly<Record<PathState, Omit<EnvironmentFinding, "check">>> = {
  usable: { level: "ok", text: "there" },
  missing: { level: "warn", text: "not there: is the guest running, and does its QEMU have this socket?" },
  forbidden: {
    level: "fail",
    text: "may not be used: run as the user that runs ballastd, or change its rights",
  },
  "other-kind": { level: "fail", text: "is not a socket: check the path" },
};
const NO_AGENT: Omit<EnvironmentFinding, "check"> = {
  level: "warn",
  text: "not configured: only the balloon's own statistics will be known, and the guest cannot demand memory",
};

const WEBSOCKET_ONLY: Omit<EnvironmentFinding, "check"> = {
  level: "ok",
  text: "no virtio-serial port configured: it is heard over WebSocket, if it has a token",
};

export async function checkSockets({ guests, websocket }: Config): Promise<readonly EnvironmentFinding[]> {
  const without = websocket === undefined ? NO_AGENT : WEBSOCKET_ONLY;
  const findings = guests.map(
    async ({ name, qmpPath, domainUuid, agentPath }): Promise<EnvironmentFinding[]> => {
      const agent = agentPath === undefined ? without : await lookAt(agentPath);
      const ofAgent = { check: `agent of ${name}`, ...agent };
      // libvirt keeps that socket to itself.
      if (domainUuid !== undefined) return [ofAgent];
      return [{ check: `qmp of ${name}`, ...(await lookAt(qmpPath)) }, ofAgent];
    },
  );
  return (await Promise.all(findings)).flat();
}

async function lookAt(path: string): Promise<Omit<EnvironmentFinding, "check">> {
  const { level, text } = ANSWERS[await pathStateOf(path, "socket")];
  return { level, text: `${path} ${text}` };
}
