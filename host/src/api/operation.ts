/** One operation of the control API: what it takes, what it answers, how it fails. */
import type { z } from "zod";
import type { ErrorCode } from "./errors.ts";

/** `Path` is OpenAPI's template, such as `/v1/guests/{name}`. */
export interface Operation<Path extends string, Query, Body, Answer, Failure extends ErrorCode> {
  readonly method: "get" | "post";
  readonly path: Path;
  readonly summary: string;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answer: z.ZodType<Answer>;
  /** Of the answer; JSON unless it is named. */
  readonly media?: string;
  /** It is a WebSocket; `answer` is one message of it. */
  readonly isWebSocket?: boolean;
  /** How it may fail beside `bad-request` where it takes something, and `internal`. */
  readonly failures: readonly Failure[];
}

export type AnyOperation = Operation<string, unknown, unknown, unknown, ErrorCode>;

/** The parts of a path that a client fills in. */
export type PathParts<Path extends string> = Path extends `${string}{${infer Part}}${infer Rest}`
  ? { readonly [K in Part]: string } & PathParts<Rest>
  : unknown;

/** Lets the compiler find the types. */
export function operation<
  const Path extends string,
  Answer,
  Query = unknown,
  Body = unknown,
  const Failure extends ErrorCode = never,
>(definition: Operation<Path, Query, Body, Answer, Failure>): Operation<Path, Query, Body, Answer, Failure> {
  return definition;
}

/** The path with its parts filled in, for a URL. */
export function fill(path: string, parts: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(parts[part] ?? ""));
}
