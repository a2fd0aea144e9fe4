/** What the schemas of the control API are made of. */
import { z } from "zod";

/** One schema for each field of `T`: a field that is forgotten does not compile, nor one that must be there where it may be absent. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? z.ZodExactOptional : z.ZodType;
};

/**
 * A word of a set, as a list or with the meaning of each. The set may grow: whatever else a newer broker says passes, and the document lists
 * the words as `x-extensible-enum`.
 */
export function word<T extends string>(words: readonly T[] | Readonly<Record<T, string>>, about = "") {
  const known = Array.isArray(words) ? words : Object.keys(words);
  const meanings = Array.isArray(words) ? [] : Object.entries(words).map(([name, is]) => `${name}: ${is}`);
  const description = [about, ...meanings].filter((text) => text !== "").join("; ");
  return z
    .custom<T>((value) => typeof value === "string")
    .meta({ type: "string", "x-extensible-enum": known, ...(description !== "" && { description }) });
}

export function text(description: string) {
  return z.string().meta({ description });
}

export function flag(description: string) {
  return z.boolean().meta({ description });
}

/** Any number: a time in ms, a percentage, a rate. */
export function number(description: string) {
  return z.number().meta({ description });
}

/** A whole number; that it is whole is promised and not checked, since a command prints it either way. */
export function count(description: string) {
  return z.number().meta({ type: "integer", description });
}

/** A size. */
export function bytes(description: string) {
  return count(`${description}; bytes`);
}

/** A moment of the wall clock. */
export function moment(description: string) {
  return number(`${description}; milliseconds since 1970`);
}
