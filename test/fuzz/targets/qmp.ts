/** What a QEMU writes on its monitor. */
import { QmpError } from "../../../host/src/qmp/errors.ts";
import { parseMessage, type QmpMessage } from "../../../host/src/qmp/message.ts";
import { ObjectReader } from "../../../host/src/qmp/object-reader.ts";
import { allowing, bytesOf, type FuzzTarget, pieces, promise } from "../target.ts";

function told(chunks: readonly Uint8Array[]): QmpMessage[] {
  const reader = new ObjectReader();
  const messages: QmpMessage[] = [];
  allowing(QmpError, () => {
    for (const chunk of chunks) for (const object of reader.push(chunk)) messages.push(parseMessage(object));
  });
  return messages;
}

export const target: FuzzTarget = {
  seeds: [
    '{"QMP": {"version": {"qemu": {"micro": 9, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}\r\n',
    '{"return": {"actual": 1073741824}, "id": 7}\r\n{"return": {}, "id": 8}',
    '{"timestamp": {"seconds": 1448870000, "microseconds": 102}, "event": "BALLOON_CHANGE", "data": {"actual": 944766976}}',
    '{"id": "x", "error": {"class": "KVMMissingCap", "desc": "Using KVM without synchronous MMU"}}',
    '{\r\n    "return": {\r\n        "stats": {"stat-free-memory": 18446744073709551615, "stat-total-memory": 5},\r\n        "last-update": 0}}',
  ].map(bytesOf),
  words: [
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    '"return":',
    '"event":',
    '"error":',
    '"QMP":',
    "\\u0000",
    "null",
    "1e999",
  ],
  run: (untrustedBytes) => {
    promise(
      JSON.stringify(told(pieces(untrustedBytes))) === JSON.stringify(told([untrustedBytes])),
      "the stream reads otherwise when it comes in pieces",
    );
  },
};
