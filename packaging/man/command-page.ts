/** What a manual page tells of a command line, made from the parser's own definitions. Pure. */
import {
  type DescribedArgument,
  type DescribedCommand,
  type DescribedOption,
  everyCommand,
} from "../../host/src/cli/describe.ts";
import { bold, italic, item, plain, type Section, text } from "./roff.ts";

/** How each command is typed, what it does, its options. */
export function commandSections(program: DescribedCommand): Section[] {
  const commands = everyCommand(program).filter((command) => command !== program && isTyped(command));
  return [
    { title: "SYNOPSIS", body: synopsis(program, commands) },
    { title: "DESCRIPTION", body: text(sentence(program.description)) },
    { title: "COMMANDS", body: commands.map(commandText).join("") },
    { title: "OPTIONS", body: program.options.map(optionText).join("") },
  ];
}

/** A command that only leads to others is not typed alone. */
function isTyped({ commands, options, arguments: places }: DescribedCommand): boolean {
  return commands.length === 0 || places.length > 0 || options.some(({ names }) => !isHelp(names));
}

function synopsis(program: DescribedCommand, commands: readonly DescribedCommand[]): string {
  const [name = ""] = program.path;
  if (commands.length > 0)
    return `${bold(name)}\n[${italic("options")}]\n${italic("command")}\n[${italic("argument")} ...]\n`;
  return `${bold(name)}\n${program.options
    .filter(({ names }) => !isHelp(names))
    .map((option) => `[${optionTerm(option, option.names.slice(-1))}]\n`)
    .join("")}`;
}

function commandText({ path, description, arguments: places, options }: DescribedCommand): string {
  const typed = [bold(path.join(" ")), ...places.map(placeTerm)].join(" ");
  const own = options.filter(({ names }) => !isHelp(names));
  return `.SS "${typed}"\n${text(sentence(description))}${own.map(optionText).join("")}`;
}

function placeTerm({ name, isRequired }: DescribedArgument): string {
  return isRequired ? italic(name) : `[${italic(name)}]`;
}

function optionText(option: DescribedOption): string {
  const usual = option.value?.usual;
  const more = usual === undefined ? "" : ` Without it: \`${usual}\`.`;
  return item(optionTerm(option, option.names), `${sentence(option.description)}${more}`);
}

function optionTerm({ value }: DescribedOption, names: readonly string[]): string {
  const all = names.map(bold).join(", ");
  return value === undefined ? all : `${all} ${italic(value.name)}`;
}

function isHelp(names: readonly string[]): boolean {
  return names.includes("--help") || names.includes("--version");
}

/** Descriptions stand in lists of help without capital and full stop. */
function sentence(words: string): string {
  const first = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** Exit codes as the design fixes them. */
export function exitSection(codes: Readonly<Record<string, string>>): Section {
  const body = Object.entries(codes).map(([code, words]) => item(bold(code), words));
  return { title: "EXIT STATUS", body: body.join("") };
}

/** Other pages, such as `ballastd(8)`. */
export function seeAlso(...pages: readonly `${string}(${number})`[]): Section {
  const words = pages.map((page) =>
    page.replace(/^(.*)(\(\d\))$/, (_, name, number) => `${bold(name)}${plain(number)}`),
  );
  return { title: "SEE ALSO", body: `${words.join(",\n")}\n` };
}
