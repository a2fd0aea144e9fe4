#!/usr/bin/env node
/** Composition root of `ballast`. */
import { EXIT } from "./exit.ts";
import { coloured, plain } from "./format/paint.ts";
import { DEFAULT_SOCKET, run } from "./program.ts";
import type { Terminal } from "./terminal.ts";

const { env, stdout, stderr } = process;
const wantsColour = stdout.isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb";
const terminal: Terminal = {
  out: (text) => void stdout.write(`${text}\n`),
  err: (text) => void stderr.write(`${text}\n`),
  paint: wantsColour ? coloured : plain,
};

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());
// A reader that went away (`ballast events --follow | head`) has seen enough.
stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? EXIT.fine : EXIT.failed),
);

process.exitCode = await run(process.argv.slice(2), {
  terminal,
  socketPath: env["BALLAST_SOCKET"] || DEFAULT_SOCKET,
  signal: stop.signal,
  roots: { proc: "/proc", sys: "/sys" },
});
