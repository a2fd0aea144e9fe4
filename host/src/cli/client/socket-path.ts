/** Where the broker's control socket is, unless `--socket` says it. */

const DEFAULT_SOCKET = "/run/ballast/control.sock";

export function socketPathOf(env: Readonly<Record<string, string | undefined>>): string {
  return env["BALLAST_SOCKET"] || DEFAULT_SOCKET;
}
