/** The wire between guest agent and broker: messages, their codec, frames for byte streams, versions. */
export {
  type DecodeProblem,
  type DecodeResult,
  decodeEnvelope,
  MAX_BOOT_ID_LENGTH,
  MAX_NAME_LENGTH,
} from "./decode.ts";
export { encodeEnvelope } from "./encode.ts";
export { encodeFrame, FRAME_HEADER_BYTES, MAX_FRAME_BYTES, MAX_PAYLOAD_BYTES } from "./frame.ts";
export { type FrameEvent, FrameReader, MAX_NOISE_BYTES } from "./frame-reader.ts";
export {
  type Ack,
  CAPABILITIES,
  type Capability,
  DEMAND_NUMBERS,
  DEMAND_OUTCOMES,
  type Demand,
  type DemandFields,
  type DemandOutcome,
  type DemandReply,
  type Envelope,
  GOODBYE_REASONS,
  type Goodbye,
  type GoodbyeReason,
  type Hello,
  type InflationNotice,
  type Message,
  OS_FAMILIES,
  type OsFamily,
  PRESSURES,
  type Pressure,
  REPORT_NUMBERS,
  type Report,
  type ReportFields,
  TUNING_NUMBERS,
  type Tuning,
  type TuningSettings,
  type UnknownMessage,
  type Welcome,
} from "./messages.ts";
export { type Negotiation, negotiate, PROTOCOL_MAX, PROTOCOL_MIN } from "./version.ts";
export { CLOSE_CODES, type CloseReason, closeReason, SUBPROTOCOL } from "./websocket.ts";
