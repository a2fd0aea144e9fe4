/** The command line as data, read from the parser's own definitions: completions and man pages are made from it. */
import type { Argument, Command, Option } from "commander";
import { type Written, WrittenArgument, WrittenOption } from "./words.ts";

export interface DescribedOption {
  /** Names as they are typed, the longest last: `-h`, `--help`. */
  readonly names: readonly string[];
  readonly description: string;
  /** What its value is called; absent: it takes none. */
  readonly value?: { readonly name: string; readonly written?: Written; readonly usual?: string };
}

export interface DescribedArgument {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly written?: Written;
}

export interface DescribedCommand {
  /** The words that lead to it, the program's name first. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly DescribedOption[];
  readonly arguments: readonly DescribedArgument[];
  readonly commands: readonly DescribedCommand[];
}

/** Hidden commands and options are left out. Options of a command hold for those beneath it too, and are told once. */
export function describeCommand(command: Command, above: readonly string[] = []): DescribedCommand {
  const path = [...above, command.name()];
  const help = command.createHelp();
  return {
    path,
    description: command.description(),
    options: help.visibleOptions(command).map(optionOf),
    arguments: command.registeredArguments.map(argumentOf),
    commands: help
      .visibleCommands(command)
      .filter((each) => each.name() !== "help")
      .map((each) => describeCommand(each, path)),
  };
}

/** The command and all beneath it. */
export function everyCommand(command: DescribedCommand): DescribedCommand[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function optionOf(option: Option): DescribedOption {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  const about = { names, description: option.description };
  if (!option.required && !option.optional) return about;
  const name = /<([^>]+)>|\[([^\]]+)\]/.exec(option.flags)?.slice(1).find(Boolean) ?? "value";
  const usual = option.defaultValueDescription ?? textOf(option.defaultValue);
  const written = writtenOf(option);
  return {
    ...about,
    value: { name, ...(written !== undefined && { written }), ...(usual !== undefined && { usual }) },
  };
}

function argumentOf(argument: Argument): DescribedArgument {
  const { description, required } = argument;
  const written = writtenOf(argument);
  const more = written !== undefined && { written };
  return { name: argument.name(), description, isRequired: required, ...more };
}

function writtenOf(what: Argument | Option): Written | undefined {
  if (what instanceof WrittenArgument || what instanceof WrittenOption) return what.written;
  return what.argChoices;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
