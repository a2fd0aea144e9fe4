/**
 * Finds, adds and takes away what Ballast needs in the `args:` of a guest's configuration; all else of the line stays as it is written,
 * character by character. Pure.
 */
import { parseArguments, type QemuArgument } from "../qemu-arguments/arguments.ts";
import {
  agentPortArguments,
  BALLAST_IDS,
  type BallastArgument,
  type BallastPart,
  DEFLATE_ON_OOM,
  deflateOnOomArguments,
  monitorArguments,
  wordsOf,
} from "../qemu-arguments/ballast-arguments.ts";
import { describeArguments } from "../qemu-arguments/describe.ts";
import { parseOptions, type QemuOptions } from "../qemu-arguments/option-string.ts";
import { placedWords, type ShellWord } from "./shell-words.ts";

/**
 * Proxmox makes this folder on each node before it starts a guest, so a guest with such sockets starts also where no Ballast is; QEMU
 * removes a socket that is left over before it listens.
 */
const SOCKET_FOLDER = "/run/qemu-server";

/** The admin may have said no: that holds. */
const SAID = DEFLATE_ON_OOM.replace(/=.*/, "=");

/** Which parts of Ballast's arguments a line has, wherever they came from. */
export type PresentParts = ReadonlySet<BallastPart>;

/** A line with our arguments added. */
export interface MergedLine {
  readonly text: string;
  /** The line without what was added; of ours, what is broken or another guest's is gone. Absent: nothing is left. */
  readonly before?: string;
  readonly added: readonly BallastPart[];
}

/** Why a line cannot be read or added to, in words for the admin. */
export class ArgsLineError extends Error {
  readonly code = "ARGS_UNREADABLE";
}

/** What a guest should have, in the order in which it is added. */
export function argumentsFor(vmid: number, deflateOnOom: boolean): BallastArgument[] {
  return [
    ...agentPortArguments(`${SOCKET_FOLDER}/${vmid}.ballast`),
    ...monitorArguments(`${SOCKET_FOLDER}/${vmid}.ballast-qmp`),
    ...(deflateOnOom ? deflateOnOomArguments() : []),
  ];
}

/** Whether a socket is that of another guest: a clone and a restored backup have the `args` of the guest that they come from. */
export function isForeignSocket(path: string, vmid: number): boolean {
  const owner = /^(?:\/var)?\/run\/qemu-server\/(\d+)\.ballast(?:-qmp)?$/.exec(path)?.[1];
  return owner !== undefined && Number(owner) !== vmid;
}

/** The parts that work for this guest; throws {@link ArgsLineError} where the line cannot be split. */
export function presentParts(line: string, vmid: number): PresentParts {
  const all = argumentsIn(line);
  const { agentSocket, monitors } = describeArguments(all, "/");
  const isOurs = (path: string | undefined) => path !== undefined && !isForeignSocket(path, vmid);
  const hasMonitor = monitors.some(({ usable, path }) => usable && isOurs(path));
  const parts: [BallastPart, boolean][] = [
    ["agent-port", isOurs(agentSocket)],
    ["monitor", hasMonitor],
    ["deflate-on-oom", all.some(({ name, text }) => name === "global" && text.startsWith(SAID))],
  ];
  return new Set(parts.flatMap(([part, isThere]) => (isThere ? [part] : [])));
}

/** Adds the parts that are missing at the end, since what stands before keeps its place among the guest's devices then. */
export function mergeArguments(
  line: string,
  vmid: number,
  wanted: readonly BallastArgument[],
): MergedLine | undefined {
  const present = presentParts(line, vmid);
  const lacking = wanted.filter(({ part }) => !present.has(part));
  if (lacking.length === 0) return undefined;
  const { kept, broken } = sortOut(argumentsIn(line), lacking, present, vmid);
  const before = without(line, broken);
  const missing = lacking.filter((argument) => !kept.has(argument));
  const text = [before, ...wordsOf(missing)].filter((word) => word !== "").join(" ");
  const result = presentParts(text, vmid);
  if (lacking.some(({ part }) => !result.has(part)))
    throw new ArgsLineError(
      "its args end with an option without value, so that nothing can be added: complete them first",
    );
  const added = [...new Set(lacking.map(({ part }) => part))];
  return { text, ...(before !== "" && { before }), added };
}

/** The line without all that has our ids; what has others was not added by `ballast setup`. */
export function withoutOwnArguments(line: string): string {
  const own = argumentsIn(line).filter((argument) => kindOf(argument) !== undefined);
  // The same words may be the admin's where nothing else of ours is there.
  const isOnlyNet = own.every((argument) => kindOf(argument) === "deflate-on-oom");
  return isOnlyNet ? line : without(line, own);
}

interface Sorted {
  /** Wanted arguments that are there already. */
  readonly kept: ReadonlySet<BallastArgument>;
  /** Arguments of parts that do not work: another guest's, half of a part in another form, doubles. */
  readonly broken: readonly QemuArgument[];
}

function sortOut(
  all: readonly QemuArgument[],
  lacking: readonly BallastArgument[],
  present: PresentParts,
  vmid: number,
): Sorted {
  const kept = new Set<BallastArgument>();
  const isForeign = ({ options }: QemuArgument) => isForeignSocket(options.get("path") ?? "", vmid);
  const foreign = new Set(all.filter(isForeign).map(kindOf));
  const broken = all.filter((argument) => {
    const part = kindOf(argument);
    if (part === undefined || present.has(part)) return false;
    const same = lacking.find((wanted) => !kept.has(wanted) && isSame(wanted, argument));
    // Without its socket the rest of the part would keep the guest from starting.
    if (same === undefined || foreign.has(part)) return true;
    kept.add(same);
    return false;
  });
  return { kept, broken };
}

function isSame(wanted: BallastArgument, { name, text, options }: QemuArgument): boolean {
  if (wanted.name !== name) return false;
  const key = name === "chardev" ? "backend" : name === "mon" ? "chardev" : "driver";
  return name === "global"
    ? wanted.text === text
    : inOrder(parseOptions(wanted.text, key)) === inOrder(options);
}

function inOrder(options: QemuOptions): string {
  return JSON.stringify([...options].sort());
}

/** Which of our parts an argument belongs to, by its ids. */
function kindOf({ name, text, options }: QemuArgument): BallastPart | undefined {
  const { channel, bus, monitor } = BALLAST_IDS;
  const id = options.get("id");
  if (name === "chardev") return id === channel ? "agent-port" : id === monitor ? "monitor" : undefined;
  if (name === "device") return id === bus || options.get("chardev") === channel ? "agent-port" : undefined;
  if (name === "mon") return options.get("chardev") === monitor ? "monitor" : undefined;
  return name === "global" && text === DEFLATE_ON_OOM ? "deflate-on-oom" : undefined;
}

function argumentsIn(line: string): QemuArgument[] {
  return parseArguments(wordsIn(line).map(({ text }) => text));
}

function wordsIn(line: string): ShellWord[] {
  const words = placedWords(line);
  if (words !== undefined) return words;
  throw new ArgsLineError(
    "its args have a quote that is not closed, or end with a backslash; Proxmox then adds none of them: correct them first",
  );
}

/** Cuts arguments out, each with the white space before it. */
function without(line: string, cut: readonly QemuArgument[]): string {
  const words = wordsIn(line);
  const gone = new Set(
    cut.flatMap(({ place }) => (place === undefined ? [] : indices(place.first, place.count))),
  );
  const rest = words.map(({ end }, i) => (gone.has(i) ? "" : line.slice(words[i - 1]?.end ?? 0, end)));
  return gone.size === 0 ? line : rest.join("").trimStart();
}

function indices(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
