/** Arguments and options that say what can be written for them, so that a shell can complete it. */
import { Argument, Option } from "commander";
import { DEFAULT_CONFIG_PATH } from "../config/load.ts";
import { guestArgument } from "./arguments.ts";

/** What stands in a place: a guest's name, a file, a folder, or one of some words beside others that cannot be listed. */
export type Written = "guests" | "files" | "folders" | readonly string[];

export class WrittenArgument extends Argument {
  readonly written: Written;

  constructor(name: string, description: string, written: Written) {
    super(name, description);
    this.written = written;
  }
}

export class WrittenOption extends Option {
  readonly written: Written;

  constructor(flags: string, description: string, written: Written) {
    super(flags, description);
    this.written = written;
  }
}

/** A guest's name; `[guest]` where it may be left out. */
export function guestName(name: "<guest>" | "[guest]" = "<guest>"): Argument {
  return new WrittenArgument(name, "name of the guest", "guests").argParser(guestArgument);
}

/** The broker's config. */
export function configOption(description = "the broker's config"): Option {
  return new WrittenOption("--config <file>", description, "files").default(DEFAULT_CONFIG_PATH);
}
