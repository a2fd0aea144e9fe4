#!/usr/bin/env node
/** Composition root of `ballast`. */
import { repairKsm } from "../broker/ksm/crash-repair.ts";
import { DEFAULT_CONFIG_PATH, loadConfig } from "../config/load.ts";
import { findGuestsOnce } from "../daemon/inventories.ts";
import { ksmAdaptersOf } from "../daemon/ksm-adapters.ts";
import { EXIT } from "../exit.ts";
import { coloured, plain } from "./format/paint.ts";
import { DEFAULT_SOCKET, run } from "./program.ts";
import { createScreen } from "./screen.ts";
import type { Terminal } from "./terminal.ts";

const { env, stdout, stderr } = process;
const wantsColour = stdout.isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb";
const terminal: Terminal = {
  out: (text) => void stdout.write(`${text}\n`),
  err: (text) => void stderr.write(`${text}\n`),
  paint: wantsColour ? coloured : plain,
};

const warn = (_fields: object, text: string) => terminal.err(text);
const quiet = { debug: () => {}, info: () => {}, warn, error: warn };
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());
// A reader that has ended (`ballast events --follow | head`) needs no more lines.
stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? EXIT.fine : EXIT.failed),
);

// No `await` outside a function: the packaged program is one CommonJS file, which knows none.
void run(process.argv.slice(2), {
  terminal,
  screen: createScreen(process.stdin, stdout),
  socketPath: env["BALLAST_SOCKET"] || DEFAULT_SOCKET,
  signal: stop.signal,
  roots: { proc: "/proc", sys: "/sys" },
  findGuests: findGuestsOnce,
  repairKsm: async () => {
    const path = env["BALLAST_CONFIG"] || DEFAULT_CONFIG_PATH;
    const result = await loadConfig(path);
    if (!result.ok)
      return { text: `${path} cannot be read, so it is not known what a broker may have changed` };
    return repairKsm(ksmAdaptersOf(result.config, quiet));
  },
}).then((code) => {
  process.exitCode = code;
});
