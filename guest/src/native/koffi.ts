/** Finds koffi (https://koffi.dev), through which the agent calls the operating system's own libraries. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { getRawAsset, isSea } from "node:sea";

/** The part of koffi that the agent uses. */
export interface Koffi {
  load(path: string): KoffiLibrary;
  /** A function's type, to be used by its name in later declarations. */
  proto(declaration: string): KoffiType;
  pointer(type: KoffiType): KoffiType;
  /** Makes a JavaScript function callable by the system, from any thread: it runs on the main thread, and the caller waits for it. */
  register(callback: (...values: never[]) => unknown, pointerType: KoffiType): KoffiPointer;
  /** The C library's errno after the last call. */
  errno(): number;
  address(pointer: KoffiPointer | Uint8Array): bigint | number;
}

declare const brand: unique symbol;
export interface KoffiType {
  readonly [brand]: "type";
}
export interface KoffiPointer {
  readonly [brand]: "pointer";
}

export interface KoffiLibrary {
  /** Throws when the library has no such function. */
  func(declaration: string): KoffiFunction;
  /** The address of a function or variable. Throws when the library has none of that name. */
  symbol(name: string): bigint | number;
}

export interface KoffiFunction {
  (...values: unknown[]): unknown;
  /** Calls on a thread of Node's pool; the last value is `(error, result) => void`. */
  readonly async: (...values: unknown[]) => void;
}

const ASSET = "koffi.node";
/** Nothing else that lies beside the executable begins so. */
const FOLDER_PREFIX = "ballast-native-";

/**
 * Absent when there is none for this machine: then the agent does without. A packaged agent carries it inside, and takes no other: an import
 * would search the folder that it was started in, where others may write. A bundle has it beside itself, and sources have the package.
 */
export async function loadKoffi(): Promise<Koffi | undefined> {
  return isSea() ? koffiInside() : (koffiBesideProgram() ?? (await koffiPackage()));
}

/** The library that the packaged agent carries inside. */
export function libraryInside(): Uint8Array {
  return new Uint8Array(getRawAsset(ASSET));
}

/** Where `install` lays the library of the agent at `program`: for guests in which no temporary folder allows programs. */
export function libraryBeside(program: string): string {
  return join(dirname(program), "ballast-agent.koffi.node");
}

/** The system loads a library only from a file: that which `install` laid, or one for a moment, in the first folder that allows it. */
function koffiInside(): Koffi | undefined {
  const bytes = libraryInside();
  const installed = koffiInstalled(bytes);
  if (installed) return installed;
  for (const folder of libraryFolders()) {
    if (process.platform === "win32") removeLeftovers(folder);
    const koffi = openIn(folder, bytes);
    if (koffi) return koffi;
  }
  return undefined;
}

/** Absent unless it is the one inside, byte for byte: another version's was left behind. */
function koffiInstalled(bytes: Uint8Array): Koffi | undefined {
  const file = libraryBeside(process.execPath);
  try {
    return readFileSync(file).equals(bytes) ? open(file) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A library is looked for in its own folder first by those that it needs. In Windows' folder for temporary files others may write to what a service
 * made there; an installed agent has a folder that only administrators may write to.
 */
function libraryFolders(): string[] {
  const own = dirname(process.execPath);
  return process.platform === "win32" ? [own, tmpdir()] : [tmpdir(), own, "/dev/shm"];
}

/** From earlier starts: Windows does not let a library be removed before its process has ended. */
export function removeLeftovers(parent: string): void {
  try {
    for (const entry of readdirSync(parent, { withFileTypes: true })) {
      if (entry.isDirectory() && entry.name.startsWith(FOLDER_PREFIX))
        removeQuietly(join(parent, entry.name));
    }
  } catch {
    // A folder that may not be listed may not be written to.
  }
}

function openIn(parent: string, bytes: Uint8Array): Koffi | undefined {
  let folder: string | undefined;
  try {
    // Only this user can enter it.
    folder = mkdtempSync(join(parent, FOLDER_PREFIX));
    const file = join(folder, ASSET);
    writeFileSync(file, bytes, { mode: 0o700, flag: "wx" });
    return open(file);
  } catch {
    // Full, read-only, or mounted noexec.
    return undefined;
  } finally {
    if (folder !== undefined) removeQuietly(folder);
  }
}

/**
 * Windows keeps a library that is loaded: the next start removes it. One step after the other, because Node's `rmSync` ends the process on
 * Windows when it fails in a folder whose name the code page does not have.
 */
function removeQuietly(folder: string): void {
  try {
    unlinkSync(join(folder, ASSET));
  } catch {
    // Loaded, or never written.
  }
  try {
    rmdirSync(folder);
  } catch {
    // Left behind.
  }
}

function koffiBesideProgram(): Koffi | undefined {
  for (const program of [process.argv[1], process.execPath]) {
    const file = join(dirname(program ?? process.execPath), ASSET);
    const koffi = existsSync(file) ? open(file) : undefined;
    if (koffi) return koffi;
  }
  return undefined;
}

/** The addon works without koffi's own wrapper. Absent when it is for another machine or C library. */
function open(file: string): Koffi | undefined {
  try {
    const addon: { exports: unknown } = { exports: {} };
    process.dlopen(addon as never, file);
    return asKoffi(addon.exports);
  } catch {
    return undefined;
  }
}

async function koffiPackage(): Promise<Koffi | undefined> {
  try {
    const loaded: { default?: unknown } = await import("koffi");
    return asKoffi(loaded.default ?? loaded);
  } catch {
    return undefined;
  }
}

function asKoffi(value: unknown): Koffi | undefined {
  const ok =
    typeof value === "object" && value !== null && "load" in value && typeof value.load === "function";
  return ok ? (value as Koffi) : undefined;
}
