/** Chooses the operating system's module. */
import type { Platform } from "./platform.ts";

/**
 * The bundler puts a word for `process.platform`, so that an executable holds the code of its own system alone. `stays` is for
 * an agent that runs on, and not for a command. Throws on a system that the agent does not know.
 */
export async function loadPlatform(stays: boolean): Promise<Platform> {
  if (process.platform === "linux") return (await import("./linux.ts")).openLinux(stays);
  if (process.platform === "win32") return (await import("./windows.ts")).openWindows();
  throw new Error(`the agent does not know ${process.platform}: it runs on Linux and Windows`);
}
