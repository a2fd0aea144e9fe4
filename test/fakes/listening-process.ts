/** A process of its own that listens on a unix socket, as QEMU does on its monitor's. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

const PROGRAM = `
  const [path, thenCwd] = process.argv.slice(1);
  require("node:net").createServer().listen(path, () => {
    if (thenCwd) process.chdir(thenCwd);
    console.log("ready");
  });`;

export interface ListeningOptions {
  /** Folder in which it is started. */
  readonly cwd?: string;
  /** Folder into which it goes once it listens, as a daemon does. */
  readonly thenCwd?: string;
  /** It has mounts and a network of its own, and sees `folder` at `inside` (needs root). */
  readonly container?: { readonly folder: string; readonly inside: string };
}

/** Resolves once it listens; the process is ended after the test. */
export async function listeningProcess(
  path: string,
  { cwd, thenCwd = "", container }: ListeningOptions = {},
): Promise<ChildProcess> {
  const words = [process.execPath, "-e", PROGRAM, path, thenCwd];
  const [program = "", ...args] = container === undefined ? words : inContainer(container, words);
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    ...(cwd !== undefined && { cwd }),
  });
  onTestFinished(() => endProcess(child));
  await once(child.stdout ?? child, "data");
  return child;
}

/** All of them replace themselves by the next, so the child is the one that listens. */
function inContainer(
  { folder, inside }: { folder: string; inside: string },
  words: readonly string[],
): string[] {
  const script = 'mount --bind "$0" "$1" && shift && exec "$@"';
  return ["unshare", "--mount", "--net", "sh", "-c", script, folder, inside, ...words];
}

/** Kills it and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
