/** Finds where a path of a system lies whose root folder is somewhere on this machine, as an image that is being prepared. */
import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { ServiceError } from "./service-manager.ts";

/** As Linux (MAXSYMLINKS): more are a circle. */
const MOST_LINKS = 40;

/**
 * Path on this machine of the absolute path `path` in the system at `root`. Links in its folders are followed as that system follows them,
 * so that none leads out of `root`; the last name is not followed. Folders that are not there yet are fine.
 */
export function pathInSystem(root: string, path: string): string {
  const names = namesOf(path);
  const last = names.pop() ?? "";
  return join(root, ...followed(root, names), last);
}

/** Folders below `root`, by their names, without links and without `..`. */
function followed(root: string, folders: readonly string[]): string[] {
  const waiting = [...folders];
  const done: string[] = [];
  let links = 0;
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === "..") {
      done.pop();
      continue;
    }
    const place = join(root, ...done, name);
    if (!isLink(place)) {
      done.push(name);
      continue;
    }
    if (++links > MOST_LINKS) throw new ServiceError(`the symbolic links of ${place} lead in a circle`);
    const target = readlinkSync(place);
    if (target.startsWith("/")) done.length = 0;
    waiting.unshift(...namesOf(target));
  }
  return done;
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
