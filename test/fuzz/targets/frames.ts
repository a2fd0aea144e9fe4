/** The agent's stream: frames and envelopes. */
import { decodeEnvelope, type Envelope, encodeEnvelope, encodeFrame, FrameReader } from "@ballast/proto";
import { type FuzzTarget, pieces, promise } from "../target.ts";
import { recorded } from "./fixtures.ts";

/** What a reader made of a stream, in words that can be compared. */
function told(chunks: readonly Uint8Array[]): string[] {
  const reader = new FrameReader();
  const frames: string[] = [];
  for (const chunk of chunks)
    for (const event of reader.push(chunk))
      if (event.type === "frame") frames.push(Buffer.from(event.payload).toString("hex"));
  return frames;
}

function promiseRepeatable(envelope: Envelope): void {
  const again = decodeEnvelope(encodeEnvelope(envelope));
  promise(again.ok, "an envelope that was accepted is refused when it is written anew");
  if (again.ok)
    promise(
      JSON.stringify(again.envelope) === JSON.stringify(envelope),
      "an envelope reads otherwise when it is written anew",
    );
}

const envelopes = recorded("wire/v1", /\.bin$/);

export const target: FuzzTarget = {
  seeds: [...envelopes, ...envelopes.map((payload) => encodeFrame(payload))],
  words: [],
  run: (untrustedBytes) => {
    const whole = told([untrustedBytes]);
    promise(
      JSON.stringify(told(pieces(untrustedBytes))) === JSON.stringify(whole),
      "the stream reads otherwise when it comes in pieces",
    );
    for (const payload of [untrustedBytes, ...whole.map((hex) => Buffer.from(hex, "hex"))]) {
      const result = decodeEnvelope(payload);
      if (result.ok && result.envelope.message.type !== "unknown")
        promiseRepeatable(result.envelope as Envelope);
    }
  },
};
