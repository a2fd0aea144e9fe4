/** Whether a path exists, what it is, and whether this process may use it. */
import { access, constants, stat } from "node:fs/promises";

export type PathState = "usable" | "missing" | "forbidden" | "other-kind";

/** Checks `path` with this process's rights. */
export async function pathStateOf(path: string, kind: "socket" | "folder"): Promise<PathState> {
  try {
    const stats = await stat(path);
    if (kind === "socket" ? !stats.isSocket() : !stats.isDirectory()) return "other-kind";
    await access(path, constants.R_OK | constants.W_OK);
    return "usable";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ENOTDIR" ? "missing" : "forbidden";
  }
}
