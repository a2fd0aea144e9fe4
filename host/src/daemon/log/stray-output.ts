/** Takes into the log what Node and libraries print on their own: it would go to standard error, where a reader that does not read holds up the process. */
import { Console } from "node:console";
import { Writable } from "node:stream";
import type { Log } from "../../model/adapters.ts";

/** `console` and Node's warnings go to `log` from now on, for this whole process. */
export function captureStrayOutput(log: Log): void {
  globalThis.console = new Console({
    stdout: lines((text) => log.debug({}, text)),
    stderr: lines((text) => log.warn({}, text)),
  });
  process.removeAllListeners("warning");
  process.on("warning", (warning) => log.warn({ err: warning }, "Node warns"));
}

function lines(tell: (text: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      tell(String(text).trimEnd());
      done();
    },
  });
}
