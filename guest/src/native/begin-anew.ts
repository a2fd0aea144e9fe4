/** Begins this program anew as the same process: for what cannot be changed once it runs. */
import { isSea } from "node:sea";

/** Returns when the system or Node cannot do it: then the program runs on as it is. */
export function beginAnew(env: NodeJS.ProcessEnv = process.env): void {
  const { execPath, execArgv, argv } = process;
  try {
    process.execve?.(
      execPath,
      [execPath, ...(isSea() ? argv.slice(2) : [...execArgv, ...argv.slice(1)])],
      env,
    );
  } catch {
    // It runs on with what it has.
  }
}
