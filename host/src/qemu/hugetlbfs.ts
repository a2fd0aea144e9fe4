/** Tells whether a guest's memory file is made of huge pages. */
import { statfs } from "node:fs/promises";

/** `HUGETLBFS_MAGIC` of linux/magic.h. */
const HUGETLBFS_MAGIC = 0x958458f6;

/** Whether `path` lies on hugetlbfs; a path that cannot be looked at counts as not. */
export async function isOnHugetlbfs(path: string): Promise<boolean> {
  try {
    return (await statfs(path)).type === HUGETLBFS_MAGIC;
  } catch {
    return false;
  }
}
