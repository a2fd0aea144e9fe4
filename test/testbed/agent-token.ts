/** Issues tokens for agents as an admin does: with the command. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../host/dist/cli/main.js", import.meta.url));

/** The new token of guest `name`; its hash goes into the file `tokensPath`. */
export function issueToken(tokensPath: string, name: string): string {
  const words = [CLI, "agent", "token", name, "--tokens", tokensPath];
  return execFileSync(process.execPath, words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}
