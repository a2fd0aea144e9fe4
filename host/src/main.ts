#!/usr/bin/env node
/** The broker's program, `ballastd`. Loading the rest takes a few tenths of a second: signals are caught before. */
import { catchSignals } from "./daemon/signals.ts";

const signals = catchSignals();
// No `await` outside a function: the packaged program is one CommonJS file, which knows none.
void import("./daemon/program.ts").then(async ({ runProgram }) =>
  process.exit(await runProgram(process.argv.slice(2), signals)),
);
