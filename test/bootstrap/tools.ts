/** Running the repository's own tools. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Folder of the clone. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a program with its output shown; rejects when it fails. */
export async function runTool(program: string, args: readonly string[]): Promise<void> {
  const status = await statusOf(program, args);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}`);
}

/** Runs a program with its output shown and gives its exit status; 1 when a signal ended it. */
export function statusOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: "inherit", env });
    child.once("error", reject);
    child.once("exit", (status) => resolve(status ?? 1));
  });
}
