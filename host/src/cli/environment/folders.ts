/** Checks whether the broker can write its state and open its control socket. */
import { dirname } from "node:path";
import type { Config } from "../../config/config.ts";
import { pathStateOf } from "./access.ts";
import type { EnvironmentFinding } from "./finding.ts";

export async function checkFolders({
  stateDir,
  controlSocket,
}: Config): Promise<readonly EnvironmentFinding[]> {
  return [
    { check: "state", ...(await lookAt(stateDir)) },
    { check: "control socket", ...(await lookAt(dirname(controlSocket))) },
  ];
}

async function lookAt(folder: string): Promise<Omit<EnvironmentFinding, "check">> {
  switch (await pathStateOf(folder, "folder")) {
    case "usable":
      return { level: "ok", text: `${folder} is there` };
    case "missing":
      return lookAtNearest(folder);
    case "forbidden":
      return { level: "fail", text: `${folder} may not be written: run as the user that runs ballastd` };
    case "other-kind":
      return { level: "fail", text: `${folder} is not a folder: move it away, or configure another` };
  }
}

async function lookAtNearest(folder: string): Promise<Omit<EnvironmentFinding, "check">> {
  const parent = dirname(folder);
  const state = await pathStateOf(parent, "folder");
  if (state === "missing" && parent !== folder) return lookAtNearest(parent);
  if (state === "usable") return { level: "ok", text: `ballastd will make what is missing in ${parent}` };
  return { level: "fail", text: `nothing can be made in ${parent}: make the folder, or run as root` };
}
