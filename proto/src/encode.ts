/** Envelope to bytes. */
import "./protobuf-runtime.ts";
import { ballast } from "../generated/guest.js";
import {
  CAPABILITIES,
  DEMAND_NUMBERS,
  DEMAND_OUTCOMES,
  type DemandReply,
  type Envelope,
  GOODBYE_REASONS,
  type Goodbye,
  type Hello,
  type Message,
  NOTICE_NUMBERS,
  OS_FAMILIES,
  PRESSURES,
  REPORT_NUMBERS,
  TUNING_NUMBERS,
  type Welcome,
} from "./messages.ts";
import { writeEnum, writeId, writeNumbers } from "./values.ts";

const wire = ballast.guest.v1;
type WireEnvelope = ballast.guest.v1.Envelope.$Properties;

/**
 * Encodes one envelope. Numbers are rounded, and left out where the schema cannot hold them.
 * Throws a TypeError when an id is not 16 lower-case hex digits.
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const session = envelope.session === undefined ? {} : { session: writeId(envelope.session) };
  return wire.Envelope.encode({
    ...session,
    sequence: envelope.sequence,
    ...body(envelope.message),
  }).finish();
}

function body(message: Message): WireEnvelope {
  switch (message.type) {
    case "hello":
      return { hello: hello(message) };
    case "welcome":
      return { welcome: welcome(message) };
    case "goodbye":
      return { goodbye: goodbye(message) };
    case "report":
      return {
        report: {
          ...writeNumbers(message, REPORT_NUMBERS),
          ...present("pressure", message.pressure, PRESSURES),
        },
      };
    case "demand":
      return {
        demand: { ...writeNumbers(message, DEMAND_NUMBERS), ...present("level", message.level, PRESSURES) },
      };
    case "ack":
      return { ack: { sequence: message.sequence } };
    case "demand-reply":
      return { demandReply: demandReply(message) };
    case "tuning":
      return { tuning: writeNumbers(message, TUNING_NUMBERS) };
    case "inflation-notice":
      return { inflationNotice: writeNumbers(message, NOTICE_NUMBERS) };
  }
}

/** An optional enum field: left out altogether when there is no word. */
function present<Name extends string, Word>(
  name: Name,
  word: Word | undefined,
  words: readonly Word[],
): { [K in Name]?: number } {
  const field: { [K in Name]?: number } = {};
  if (word !== undefined) field[name] = writeEnum(words, word);
  return field;
}

function hello(message: Hello): ballast.guest.v1.Hello.$Properties {
  return {
    minVersion: message.minVersion,
    maxVersion: message.maxVersion,
    capabilities: message.capabilities.map((capability) => writeEnum(CAPABILITIES, capability)),
    nonce: writeId(message.nonce),
    bootId: message.bootId,
    os: writeEnum(OS_FAMILIES, message.os),
    osVersion: message.osVersion ?? "",
    agentVersion: message.agentVersion ?? "",
    pageSizeBytes: message.pageSizeBytes ?? 0,
  };
}

function welcome(message: Welcome): ballast.guest.v1.Welcome.$Properties {
  const tuning = message.tuning === undefined ? {} : { tuning: writeNumbers(message.tuning, TUNING_NUMBERS) };
  return {
    version: message.version,
    session: writeId(message.session),
    nonce: writeId(message.nonce),
    ...tuning,
  };
}

function goodbye(message: Goodbye): ballast.guest.v1.Goodbye.$Properties {
  return {
    reason: writeEnum(GOODBYE_REASONS, message.reason),
    minVersion: message.minVersion ?? 0,
    maxVersion: message.maxVersion ?? 0,
  };
}

function demandReply(message: DemandReply): ballast.guest.v1.DemandReply.$Properties {
  return {
    demandSequence: message.demandSequence,
    outcome: writeEnum(DEMAND_OUTCOMES, message.outcome),
    ...writeNumbers(message, ["grantedBytes", "targetBytes"]),
  };
}
