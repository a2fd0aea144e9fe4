/**
 * Owns a private copy of wine in which Node 24 starts.
 *
 * V8 reserves address space for its tables through MapViewOfFile3 where Windows exports it. Wine 8 exports it but cannot do that ("Fatal process out of
 * memory: SegmentedTable::InitializeTable"), while V8's older way works. So in our copy the export has another name. It consists of symbolic links but for a
 * few files; nothing of the installed wine is touched.
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { TestbedError } from "../errors.ts";

const SYSTEM = "/usr/lib/x86_64-linux-gnu/wine";
const LOADERS = "/usr/lib/wine";
const SHARED = "/usr/share/wine";
const HIDDEN_EXPORT = Buffer.from("MapViewOfFile3\0", "latin1");
/** Exports are found by bisection: the order must stay. */
const OTHER_NAME = Buffer.from("MapViewOfFile4\0", "latin1");

export interface WineTree {
  readonly loader: string;
  readonly server: string;
}

/** Builds it in `folder` unless it is there already. Throws `TESTBED_BUILD`. */
export function buildWineTree(folder: string): WineTree {
  const loaders = join(folder, "lib/wine");
  const tree = { loader: join(loaders, "wine64"), server: join(loaders, "wineserver64") };
  const done = join(folder, "built");
  if (existsSync(done)) return tree;
  try {
    rmSync(folder, { recursive: true, force: true });
    layTree(folder);
    writeFileSync(done, "");
    return tree;
  } catch (cause) {
    throw new TestbedError("TESTBED_BUILD", `cannot build a copy of wine in ${folder}`, { cause });
  }
}

function layTree(folder: string): void {
  const system = join(folder, "lib/x86_64-linux-gnu/wine");
  for (const parent of [dirname(system), join(folder, "share")]) mkdirSync(parent, { recursive: true });
  execFileSync("cp", ["-as", LOADERS, join(folder, "lib/")]);
  execFileSync("cp", ["-as", SYSTEM, dirname(system)]);
  symlinkSync(SHARED, join(folder, "share/wine"));
  // Wine finds its parts from where these three really are.
  replace(join(LOADERS, "wine64"), join(folder, "lib/wine/wine64"));
  replace(join(LOADERS, "wineserver64"), join(folder, "lib/wine/wineserver64"));
  replace(join(SYSTEM, "x86_64-unix/ntdll.so"), join(system, "x86_64-unix/ntdll.so"));
  const library = "x86_64-windows/kernelbase.dll";
  rmSync(join(system, library));
  writeFileSync(join(system, library), withoutExport(readFileSync(join(SYSTEM, library))));
}

function replace(from: string, to: string): void {
  rmSync(to, { force: true });
  copyFileSync(from, to);
}

function withoutExport(library: Buffer): Buffer {
  const at = library.indexOf(HIDDEN_EXPORT);
  if (at >= 0) OTHER_NAME.copy(library, at);
  return library;
}
