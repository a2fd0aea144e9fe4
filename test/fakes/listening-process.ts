/** A process of its own that listens on a unix socket, as QEMU does on its monitor's. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

const PROGRAM = `require("node:net").createServer().listen(process.argv[1], () => console.log("ready"))`;

/** Resolves once it listens; the process is ended after the test. */
export async function listeningProcess(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", PROGRAM, path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => endProcess(child));
  await once(child.stdout ?? child, "data");
  return child;
}

/** Kills it and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
