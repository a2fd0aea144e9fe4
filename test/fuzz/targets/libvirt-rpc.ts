/** What a libvirt daemon, or another program on its socket, sends. */
import { XdrError } from "@stellar/js-xdr";
import { LibvirtError } from "../../../host/src/libvirt/rpc/errors.ts";
import { decodeEvent, EVENT_IDS } from "../../../host/src/libvirt/rpc/events.ts";
import { encodeFrame, FrameReader } from "../../../host/src/libvirt/rpc/frame.ts";
import * as procedures from "../../../host/src/libvirt/rpc/procedures.ts";
import * as wire from "../../../host/src/libvirt/rpc/wire.ts";
import { allowing, bytesOf, type FuzzTarget, pieces, promise } from "../target.ts";

const REPLIES = Object.values(procedures).flatMap((each) => ("reply" in Object(each) ? [each.reply] : []));
/** Event messages have numbers near these (`remote_protocol.x`). */
const EVENT_PROCEDURES = Array.from({ length: 120 }, (_, i) => 310 + i);

function told(chunks: readonly Uint8Array[]): string[] {
  const reader = new FrameReader();
  const frames: string[] = [];
  const read = () => {
    for (const chunk of chunks)
      for (const { header, payload } of reader.push(chunk))
        frames.push(
          `${JSON.stringify(header)} ${payload === undefined ? "-" : Buffer.from(payload).toString("hex")}`,
        );
  };
  allowing(LibvirtError, () => allowing(XdrError, read));
  return frames;
}

const domain = { name: bytesOf("web1"), uuid: new Uint8Array(16), id: 3 };
const header = { program: 0x20008086, version: 1, procedure: 273, type: 1, serial: 4, status: 0 };
const listed = wire.listReply.encode({ domains: [domain, domain], count: 2 });

export const target: FuzzTarget = {
  seeds: [
    listed,
    encodeFrame(header, listed),
    wire.memoryStatsReply.encode({ stats: [{ tag: 6, value: 1_048_576n }] }),
    wire.balloonEvent.encode({ callbackId: 1, domain, actual: 524_288n }),
    Buffer.concat([encodeFrame(header, new Uint8Array(8)), encodeFrame(header, listed)]),
  ],
  words: ["\0\0\0\u001c", "\0\0\0\u0001", " \0\u0080\u0086"],
  run: (untrustedBytes) => {
    promise(
      told(pieces(untrustedBytes)).join() === told([untrustedBytes]).join(),
      "the stream reads otherwise when it comes in pieces",
    );
    for (const reply of REPLIES) allowing(XdrError, () => void reply.decode(untrustedBytes));
    allowing(XdrError, () => void wire.errorReply.decode(untrustedBytes));
    for (const procedure of [...EVENT_IDS, ...EVENT_PROCEDURES])
      allowing(XdrError, () => void decodeEvent(procedure, untrustedBytes));
  },
};
