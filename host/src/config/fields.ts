/** The building blocks of the schema: scalars read by our own parsers, with examples for advice and editors. */
import { z } from "zod";
import type { SizeSetting } from "../model/host.ts";
import { parseDuration } from "./duration.ts";
import { parseLibvirtUri } from "./libvirt-uri.ts";
import { parseListenAddress } from "./listen-address.ts";
import { parseAbsolutePath, parseGuestName, parseSocketPath } from "./names.ts";
import { accept, type Parsed, refuse } from "./parsed.ts";
import { parseBytes, parseSize } from "./size.ts";

/** Shown by editors; `examples` also feed the advice when a value has the wrong type. */
interface FieldText {
  readonly description: string;
  readonly examples: readonly (string | number)[];
}

function toValue<Raw, T>(parse: (raw: Raw) => Parsed<T>) {
  return (raw: Raw, context: z.RefinementCtx): T => {
    const parsed = parse(raw);
    if (parsed.ok) return parsed.value;
    const { message, advice } = parsed;
    context.addIssue({ code: "custom", message, params: { advice } });
    return z.NEVER;
  };
}

function textOrNumber<T>(parse: (raw: string | number) => Parsed<T>, text: FieldText) {
  return z.union([z.string(), z.number()]).meta(meta(text)).transform(toValue(parse));
}

function text<T>(parse: (raw: string) => Parsed<T>, about: FieldText) {
  return z.string().meta(meta(about)).transform(toValue(parse));
}

function meta({ description, examples }: FieldText) {
  return { description, examples: [...examples] };
}

/** One of some words. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  return z.enum(values).meta({ description, examples: [...values] });
}

/** A label of guests that trust each other; it follows the rules of guests' names. */
export function trustField(description: string) {
  return text(parseGuestName, { description, examples: ["tenant-a"] });
}

export function sizeField(description: string) {
  return textOrNumber(parseSize, { description, examples: ["48GiB", "80%", "auto"] });
}

/** A size of a guest's memory: `auto` leaves it to `whenAuto`. */
export function guestSizeField(description: string, whenAuto: SizeSetting, smallestBytes: number) {
  const parse = (raw: string | number): Parsed<SizeSetting> => {
    const size = parseSize(raw);
    if (!size.ok) return size;
    if (size.value.kind === "auto") return accept(whenAuto);
    if (size.value.kind === "percent" || size.value.bytes >= smallestBytes) return size;
    return refuse(
      "0 leaves the guest no memory",
      "write a size such as 2GiB, or auto for the guest's full size",
    );
  };
  return textOrNumber(parse, { description, examples: ["512MiB", "25%", "auto"] });
}

export function bytesField(description: string) {
  return textOrNumber(parseBytes, { description, examples: ["64MiB"] });
}

/** A duration of at least `leastMs`. */
export function durationField(description: string, leastMs = 0, mostMs = Number.POSITIVE_INFINITY) {
  const parse = (raw: string | number): Parsed<number> => {
    const duration = parseDuration(raw);
    if (!duration.ok) return duration;
    if (duration.value < leastMs) return refuse(`${raw} is too short`, `write at least ${leastMs}ms`);
    if (duration.value > mostMs) return refuse(`${raw} is too long`, `write at most ${mostMs / 1000}s`);
    return duration;
  };
  return textOrNumber(parse, { description, examples: ["30s", "10m"] });
}

export function guestNameField() {
  return text(parseGuestName, { description: "Unique name, used by every command", examples: ["web1"] });
}

export function socketField(description: string, example: string) {
  return text(parseSocketPath, { description, examples: [example] });
}

/** A secret may stand in the place of a hash by mistake: what is wrong is never shown. */
export function hashField(description: string) {
  const parse = (raw: string): Parsed<string> =>
    /^[0-9a-f]{64}$/.test(raw)
      ? accept(raw)
      : refuse("this is no SHA-256", "write 64 lower-case hex digits, as `ballast agent token GUEST` does");
  return text(parse, { description, examples: ["0".repeat(64)] });
}

export function listenField(description: string, example: string) {
  return text(parseListenAddress, { description, examples: [example] });
}

export function libvirtField(description: string, example: string) {
  return text(parseLibvirtUri, { description, examples: [example] });
}

export function pathField(description: string, example: string) {
  return text(parseAbsolutePath, { description, examples: [example] });
}
