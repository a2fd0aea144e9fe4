/** Says what is wrong with the path of a port, and what to do. */
import { errorCode, NotADeviceError } from "./char-device.ts";

/** Why the port at `path` could not be opened. */
export function openProblem(path: string, error: unknown, isRoot = process.geteuid?.() === 0): string {
  if (error instanceof NotADeviceError)
    return `${path} is no virtio-serial port, which is a device: for a socket write --channel unix:PATH`;
  switch (errorCode(error)) {
    case "EBUSY":
      return `${path} is held by another program (a second agent?): waiting for it`;
    case "EACCES":
    case "EPERM":
      return isRoot
        ? `${path} may not be opened, even by root: see whether the service's unit or a security module forbids it`
        : `${path} may not be opened: run the agent as root`;
    case "ENXIO":
      return `${path} is a console, not a virtio-serial port`;
    default:
      return `${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
  }
}
