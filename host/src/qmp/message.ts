/** The messages of a QMP server, recognised and checked (docs/interop/qmp-spec, "Server Greeting" to "Asynchronous events"); pure. */
import { foreignText } from "../model/foreign-text.ts";
import { isJsonObject, type JsonObject, reported } from "./json.ts";

/** The server's first line. */
export interface QmpGreeting {
  /** E.g. `7.2.22`. */
  readonly version: string;
  /** The distribution's package, e.g. `Debian 1:7.2+dfsg-7`. */
  readonly packageName: string;
}

/** An event of QEMU. */
export interface QmpEvent {
  readonly name: string;
  readonly data: JsonObject;
  /** When it happened, milliseconds since 1970; absent when QEMU could not tell. */
  readonly atWallMs?: number;
}

export type QmpMessage =
  | { readonly kind: "greeting"; readonly greeting: QmpGreeting }
  | { readonly kind: "event"; readonly event: QmpEvent }
  | { readonly kind: "return"; readonly id: unknown; readonly value: unknown }
  | {
      readonly kind: "error";
      readonly id: unknown;
      readonly errorClass: string;
      readonly description: string;
    }
  | { readonly kind: "unknown" };

/** Recognises one received object. */
export function parseMessage(object: JsonObject): QmpMessage {
  if (typeof object["event"] === "string")
    return { kind: "event", event: parseEvent(object["event"], object) };
  if ("return" in object) return { kind: "return", id: object["id"], value: object["return"] };
  if (isJsonObject(object["error"])) return parseError(object["error"], object["id"]);
  if (isJsonObject(object["QMP"])) return parseGreeting(object["QMP"]);
  return { kind: "unknown" };
}

function parseEvent(name: string, object: JsonObject): QmpEvent {
  const data = isJsonObject(object["data"]) ? object["data"] : {};
  const timestamp = isJsonObject(object["timestamp"]) ? object["timestamp"] : {};
  const seconds = reported(timestamp["seconds"]);
  if (seconds === undefined) return { name: foreignText(name), data };
  return {
    name: foreignText(name),
    data,
    atWallMs: seconds * 1000 + (reported(timestamp["microseconds"]) ?? 0) / 1000,
  };
}

function parseError(error: JsonObject, id: unknown): QmpMessage {
  const errorClass = typeof error["class"] === "string" ? error["class"] : "GenericError";
  const description = typeof error["desc"] === "string" ? error["desc"] : "no description";
  return { kind: "error", id, errorClass: foreignText(errorClass), description: foreignText(description) };
}

function parseGreeting(greeting: JsonObject): QmpMessage {
  const version = isJsonObject(greeting["version"]) ? greeting["version"] : {};
  const qemu = isJsonObject(version["qemu"]) ? version["qemu"] : undefined;
  if (qemu === undefined || !Array.isArray(greeting["capabilities"])) return { kind: "unknown" };
  const packageName = typeof version["package"] === "string" ? version["package"] : "";
  const digits = ["major", "minor", "micro"].map((part) => reported(qemu[part]) ?? 0);
  return { kind: "greeting", greeting: { version: digits.join("."), packageName: foreignText(packageName) } };
}
