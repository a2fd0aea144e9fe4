/**
 * Begins this program anew as the same process: for what cannot be changed once it runs.
 *
 * Through the C library, because Node's own `process.execve` ends the process when the system refuses, and writes coverage on the way out.
 */
import { isSea } from "node:sea";
import type { Libc } from "./libc.ts";

/** Returns only when the system refuses: then the program runs on as it is. */
export function beginAnew({ execve }: Pick<Libc, "execve">, env: NodeJS.ProcessEnv = process.env): void {
  const { execPath, execArgv, argv } = process;
  const words = isSea() ? argv.slice(2) : [...execArgv, ...argv.slice(1)];
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  execve(execPath, [execPath, ...words], variables);
}
