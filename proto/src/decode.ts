/** Decodes bytes into an envelope. It never throws, whatever the other end sent. */
import "./protobuf-runtime.ts";
import { ballast } from "../generated/guest.js";
import { MAX_PAYLOAD_BYTES } from "./frame.ts";
import {
  CAPABILITIES,
  type Capability,
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
  type UnknownMessage,
  type Welcome,
} from "./messages.ts";
import { cleanName, readEnum, readId, readNumber, readNumbers } from "./values.ts";

/** Longest version kept of a Hello, in characters: a kernel's release has about 25, ours with a commit 15. */
export const MAX_NAME_LENGTH = 32;
/** Longest boot id kept of a Hello, in characters: Linux has UUIDs of 36. */
export const MAX_BOOT_ID_LENGTH = 64;

/** Why an envelope cannot be used; `field` names the place where there is one. */
export interface DecodeProblem {
  readonly code: "too-large" | "malformed" | "invalid-field";
  readonly field?: string;
}

export type DecodeResult =
  | { readonly ok: true; readonly envelope: Envelope<Message | UnknownMessage> }
  | { readonly ok: false; readonly problem: DecodeProblem };

type Body = Message | UnknownMessage | DecodeProblem;
type Wire = ballast.guest.v1.Envelope;

/** Decodes one envelope. Optional fields that make no sense are absent; unknown messages become `{type:"unknown"}`. */
export function decodeEnvelope(untrustedBytes: Uint8Array): DecodeResult {
  if (untrustedBytes.length > MAX_PAYLOAD_BYTES) return refuse({ code: "too-large" });
  let untrusted: Wire;
  try {
    untrusted = ballast.guest.v1.Envelope.decode(untrustedBytes);
  } catch {
    return refuse({ code: "malformed" });
  }
  const session = readId(untrusted.session);
  if (session === undefined && untrusted.session.length > 0) return refuse(invalid("session"));
  const message = readBody(untrusted);
  if ("code" in message) return refuse(message);
  const { sequence } = untrusted;
  return {
    ok: true,
    envelope: session === undefined ? { sequence, message } : { session, sequence, message },
  };
}

function refuse(problem: DecodeProblem): DecodeResult {
  return { ok: false, problem };
}

function invalid(field: string): DecodeProblem {
  return { code: "invalid-field", field };
}

function readBody(untrusted: Wire): Body {
  if (untrusted.report) {
    const pressure = readEnum(PRESSURES, untrusted.report.pressure);
    return {
      type: "report",
      ...readNumbers(untrusted.report, REPORT_NUMBERS),
      ...(pressure && { pressure }),
    };
  }
  if (untrusted.demand) {
    const level = readEnum(PRESSURES, untrusted.demand.level);
    return { type: "demand", ...readNumbers(untrusted.demand, DEMAND_NUMBERS), ...(level && { level }) };
  }
  if (untrusted.hello) return readHello(untrusted.hello);
  return readHostBody(untrusted);
}

function readHostBody(untrusted: Wire): Body {
  if (untrusted.ack) return { type: "ack", sequence: untrusted.ack.sequence ?? 0 };
  if (untrusted.demandReply) return readDemandReply(untrusted.demandReply);
  if (untrusted.welcome) return readWelcome(untrusted.welcome);
  if (untrusted.goodbye) return readGoodbye(untrusted.goodbye);
  if (untrusted.tuning) return { type: "tuning", ...readNumbers(untrusted.tuning, TUNING_NUMBERS) };
  if (untrusted.inflationNotice)
    return { type: "inflation-notice", ...readNumbers(untrusted.inflationNotice, NOTICE_NUMBERS) };
  return { type: "unknown" };
}

function readHello(untrusted: ballast.guest.v1.Hello.$Properties): Hello | DecodeProblem {
  const minVersion = untrusted.minVersion ?? 0;
  const maxVersion = untrusted.maxVersion ?? 0;
  if (minVersion < 1 || maxVersion < minVersion) return invalid("hello.min_version");
  const nonce = readId(untrusted.nonce ?? new Uint8Array());
  if (nonce === undefined) return invalid("hello.nonce");
  const bootId = cleanName(untrusted.bootId ?? "", MAX_BOOT_ID_LENGTH);
  if (bootId === "") return invalid("hello.boot_id");
  return {
    type: "hello",
    minVersion,
    maxVersion,
    capabilities: readCapabilities(untrusted.capabilities ?? []),
    nonce,
    bootId,
    ...readAbout(untrusted),
  };
}

/** What a Hello tells of the guest beyond what the session needs; empty fields are left out. */
function readAbout(
  untrusted: ballast.guest.v1.Hello.$Properties,
): Pick<Hello, "os" | "osVersion" | "agentVersion" | "pageSizeBytes"> {
  const os = readEnum(OS_FAMILIES, untrusted.os);
  const osVersion = cleanName(untrusted.osVersion ?? "", MAX_NAME_LENGTH);
  const agentVersion = cleanName(untrusted.agentVersion ?? "", MAX_NAME_LENGTH);
  const pageSizeBytes = readNumber(untrusted.pageSizeBytes);
  return {
    ...(os && { os }),
    ...(osVersion && { osVersion }),
    ...(agentVersion && { agentVersion }),
    ...(pageSizeBytes && { pageSizeBytes }),
  };
}

/** Each known capability once; the list of words bounds the result. */
function readCapabilities(untrusted: readonly unknown[]): Capability[] {
  const numbers = new Set(untrusted);
  return CAPABILITIES.filter((_, index) => numbers.has(index + 1));
}

function readWelcome(untrusted: ballast.guest.v1.Welcome.$Properties): Welcome | DecodeProblem {
  const version = untrusted.version ?? 0;
  if (version < 1) return invalid("welcome.version");
  const session = readId(untrusted.session ?? new Uint8Array());
  if (session === undefined) return invalid("welcome.session");
  const nonce = readId(untrusted.nonce ?? new Uint8Array());
  if (nonce === undefined) return invalid("welcome.nonce");
  const tuning = untrusted.tuning ? { tuning: readNumbers(untrusted.tuning, TUNING_NUMBERS) } : {};
  return { type: "welcome", version, session, nonce, ...tuning };
}

function readGoodbye(untrusted: ballast.guest.v1.Goodbye.$Properties): Goodbye {
  const reason = readEnum(GOODBYE_REASONS, untrusted.reason);
  return {
    type: "goodbye",
    ...(reason && { reason }),
    ...(untrusted.minVersion && { minVersion: untrusted.minVersion }),
    ...(untrusted.maxVersion && { maxVersion: untrusted.maxVersion }),
  };
}

function readDemandReply(untrusted: ballast.guest.v1.DemandReply.$Properties): DemandReply | DecodeProblem {
  const outcome = readEnum(DEMAND_OUTCOMES, untrusted.outcome);
  const grantedBytes = readSize(untrusted, "grantedBytes");
  if (grantedBytes === undefined) return invalid("demand_reply.granted_bytes");
  const targetBytes = readSize(untrusted, "targetBytes");
  if (targetBytes === undefined) return invalid("demand_reply.target_bytes");
  const demandSequence = untrusted.demandSequence ?? 0;
  return { type: "demand-reply", demandSequence, ...(outcome && { outcome }), grantedBytes, targetBytes };
}

/** What is not on the wire is 0. The generated default is none: it is an object where the `long` package was found as it was made. */
function readSize(
  untrusted: ballast.guest.v1.DemandReply.$Properties,
  name: "grantedBytes" | "targetBytes",
): number | undefined {
  return Object.hasOwn(untrusted, name) ? readNumber(untrusted[name]) : 0;
}
