/** Runs the programs that make packages. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PackagingError } from "../guest/packaging/targets.ts";

const run = promisify(execFile);

/** Runs a program to its end. Throws a `PackagingError` with what it said, or how to get it where it is missing. */
export async function runTool(
  program: string,
  words: readonly string[],
  options: { readonly debianPackage: string; readonly env?: Readonly<Record<string, string>> },
): Promise<void> {
  try {
    await run(program, [...words], { env: { ...process.env, ...options.env } });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT")
      throw new PackagingError(`${program} is missing: apt-get install ${options.debianPackage}`, { cause });
    throw new PackagingError(`${program} failed: ${cause}`, { cause });
  }
}
