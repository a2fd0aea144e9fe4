/** The command line of `ballastd`. */
import { Command, CommanderError } from "commander";
import { DEFAULT_CONFIG_PATH } from "../config/load.ts";
import { EXIT } from "../exit.ts";
import { VERSION } from "../version.ts";

/** What `ballastd` shall do. */
export type DaemonRequest =
  | { readonly kind: "run"; readonly configPath: string }
  /** Say whether the config is right, with exit code 0 or 2. */
  | { readonly kind: "check"; readonly configPath: string }
  /** Print a text and exit. */
  | { readonly kind: "exit"; readonly exitCode: number; readonly out: string; readonly err: string };

/** The options of `ballastd`, and nothing that acts on them. */
export function daemonProgram(): Command {
  return new Command("ballastd")
    .description("Balances the memory of this host's guests; SIGHUP takes a changed config, SIGTERM stops")
    .option("--config <file>", "config file", DEFAULT_CONFIG_PATH)
    .option("--check", "check the config and leave")
    .version(VERSION);
}

/** `args` are the words after the program's name. Never throws. */
export function parseDaemonArgs(args: readonly string[]): DaemonRequest {
  let out = "";
  let err = "";
  const program = daemonProgram()
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        out += text;
      },
      writeErr: (text) => {
        err += text;
      },
    });
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: "exit", exitCode: error.exitCode === 0 ? EXIT.fine : EXIT.usage, out, err };
  }
  const { config, check } = program.opts<{ config: string; check?: boolean }>();
  return { kind: check ? "check" : "run", configPath: config };
}
