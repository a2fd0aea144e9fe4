/** Adds a guest's weight to the text of a config, and takes it out again; the rest keeps its comments and its order. Pure. */
import { type Document, isMap, isScalar, parseDocument } from "yaml";
import { parseConfig } from "./parse.ts";
import { formatProblem } from "./problem.ts";

/** The file cannot be changed; `message` says why and what to do. */
export class ConfigEditError extends Error {
  readonly code = "CONFIG_EDIT";
}

/** The lines that say it, for people. */
export function overrideLines(guest: string, shares: number): string[] {
  return ["guests:", "  overrides:", `    "${guest}": { shares: ${shares} }`];
}

/** What the file says of the guest's weight; absent: nothing. */
export function sharesIn(text: string, guest: string): number | undefined {
  const shares: unknown = parse(text).getIn([...pathOf(guest), "shares"]);
  return typeof shares === "number" ? shares : undefined;
}

/** The text with the weight. Throws {@link ConfigEditError} for one that is no valid config, before or after. */
export function withShares(text: string, guest: string, shares: number, file: string): string {
  const document = documentOf(text, file);
  clearWay(document, pathOf(guest));
  document.setIn([...pathOf(guest), "shares"], shares);
  const override = document.getIn(pathOf(guest));
  if (isMap(override) && override.items.length === 1) override.flow = true;
  return checked(textOf(document), file);
}

/** The text without the weight, if it is still this one; what becomes empty by that goes as well. */
export function withoutShares(text: string, guest: string, shares: number, file: string): string {
  if (sharesIn(text, guest) !== shares) return text;
  const document = documentOf(text, file);
  const path = pathOf(guest);
  document.deleteIn([...path, "shares"]);
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth));
    // `overrides: {}` was there before.
    const isWritten = isMap(node) && node.flow === true && depth < path.length;
    if (!isMap(node) || node.items.length > 0 || isWritten) break;
    document.deleteIn(path.slice(0, depth));
  }
  return checked(textOf(document), file);
}

function pathOf(guest: string): string[] {
  return ["guests", "overrides", guest];
}

/** Equal keys are found by the config's own check: the library's takes minutes for a map of 60,000. */
function parse(text: string): Document {
  return parseDocument(text, { stringKeys: true, uniqueKeys: false });
}

function documentOf(text: string, file: string): Document {
  checked(text, file);
  const document = parse(text);
  if (document.contents === null) document.contents = parse("{}").contents;
  if (isMap(document.contents) && document.contents.items.length === 0) document.contents.flow = false;
  return document;
}

/** A key without value (`guests:`) means the defaults, and a map may take its place. */
function clearWay(document: Document, path: readonly string[]): void {
  for (let depth = 1; depth <= path.length; depth++) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isScalar(node) && node.value === null) document.deleteIn(path.slice(0, depth));
  }
}

/** Long lines stay as long as they are. */
function textOf(document: Document): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function checked(text: string, file: string): string {
  const result = parseConfig(text, file);
  if (result.ok) return text;
  throw new ConfigEditError(`${file} is not changed: ${result.problems.map(formatProblem).join("\n")}`);
}
