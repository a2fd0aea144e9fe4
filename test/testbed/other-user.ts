/** Starts programs as other users of this machine, with few capabilities. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const UNIT = fileURLToPath(new URL("../../host/packaging/ballastd.service", import.meta.url));

/** Who a program is. */
export interface OtherUser {
  readonly uid: number;
  /** Its own group, and the others that it is in. */
  readonly gid: number;
  readonly groups: readonly number[];
  /** As `setpriv` writes them: "sys_ptrace". */
  readonly capabilities: readonly string[];
}

/** Which capabilities the broker's unit leaves to it. */
export function unitCapabilities(): string[] {
  const line = /^CapabilityBoundingSet=(.*)$/m.exec(readFileSync(UNIT, "utf8"))?.[1] ?? "";
  return line
    .split(" ")
    .map((name) => name.replace(/^CAP_/, "").toLowerCase())
    .filter((name) => name !== "");
}

/** Words that start a program as this user: it can get no other right, and ends with whoever started it (util-linux's `setpriv`). */
export function asUser({ uid, gid, groups, capabilities }: OtherUser): readonly [string, ...string[]] {
  const set = ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
  const ids = [`--reuid=${uid}`, `--regid=${gid}`];
  const others = groups.length === 0 ? "--clear-groups" : `--groups=${groups.join(",")}`;
  const kept = [`--inh-caps=${set}`, `--ambient-caps=${set}`, `--bounding-set=${set}`];
  return ["setpriv", ...ids, others, ...kept, "--no-new-privs", "--pdeathsig=KILL", "--"];
}
