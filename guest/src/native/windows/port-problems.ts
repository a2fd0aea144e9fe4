/** Says what is wrong with a port, and what to do. */
import { ERROR } from "./win32-error.ts";

/** Why a port could not be opened. */
export function openProblem(error: number): string {
  switch (error) {
    case ERROR.fileNotFound:
    case ERROR.pathNotFound:
      return "there is no such port: add the channel org.ballast.agent.0 to this VM, and install the vioserial driver of virtio-win in it";
    case ERROR.accessDenied:
      return "it may not be opened: another program (a second agent?) holds it, or the agent does not run as administrator";
    case ERROR.sharingViolation:
    case ERROR.pipeBusy:
      return "another program (a second agent?) holds it: waiting for it";
    default:
      return "Windows refuses to open it";
  }
}

export const requestProblem = "the port is gone";
