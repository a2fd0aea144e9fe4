/** Brings the guest agent as it is published: the executable for this machine's kind. */
import { buildExecutable } from "../../guest/packaging/executable.ts";
import { targetOf } from "../../guest/packaging/targets.ts";

/** Path of the packaged agent for Linux on x86-64, made if the sources changed. */
export function packagedAgent(): Promise<string> {
  return buildExecutable(targetOf("linux-x64"));
}
