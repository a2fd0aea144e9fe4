#!/usr/bin/env node
/** The broker's program, `ballastd`. Loading the rest takes a few tenths of a second: signals are caught before. */
import { catchSignals } from "./daemon/signals.ts";

const signals = catchSignals();
const { runProgram } = await import("./daemon/program.ts");
process.exit(await runProgram(process.argv.slice(2), signals));
