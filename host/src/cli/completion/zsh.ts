/** The completion for zsh (zshcompsys(1), `_arguments`). Pure. */
import type { DescribedArgument, DescribedCommand, DescribedOption } from "../describe.ts";
import type { Written } from "../words.ts";
import { GUEST_NAMES_COMMAND, type Place, placesOf } from "./places.ts";

/** The function file for /usr/share/zsh/vendor-completions. */
export function zshCompletion(program: DescribedCommand): string {
  const name = program.path[0] ?? "";
  return `#compdef ${name}

_${name}_guests() {
  local -a names
  names=(\${(f)"$(${name} ${GUEST_NAMES_COMMAND} 2>/dev/null)"})
  compadd -a names
}

${placesOf(program)
  .map((place) => functionOf(place, name))
  .join("\n")}
_${name} "$@"
`;
}

function functionOf({ command, options }: Place, program: string): string {
  const { commands } = command;
  const specs = options.map((option) => optionSpec(option, program));
  const own = functionName(command);
  if (commands.length === 0) {
    const places = command.arguments.map((argument) => argumentSpec(argument, program));
    return `${own}() {\n  ${["_arguments -s", ...specs, ...places].join(" \\\n    ")}\n}\n`;
  }
  const words = commands.map((each) => quoted(`${each.path.at(-1)}:${each.description}`));
  const cases = commands.map((each) => `    ${each.path.at(-1)}) ${functionName(each)} ;;`);
  return `${own}() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
    ${words.join("\n    ")}
  )
  ${["_arguments -s -C", ...specs, quoted("1:command:->command"), quoted("*::argument:->rest")].join(" \\\n    ")}
  case $state in
  command) _describe command commands ;;
  rest)
    case $line[1] in
${cases.join("\n")}
    esac
    ;;
  esac
}
`;
}

function functionName({ path }: DescribedCommand): string {
  return `_${path.join("_").replaceAll("-", "_")}`;
}

function optionSpec({ names, description, value }: DescribedOption, program: string): string {
  const excluded = names.length > 1 ? `'(${names.join(" ")})'{${names.join(",")}}` : "";
  const what = value === undefined ? "" : `:${escaped(value.name)}:${action(value.written, program)}`;
  const text = `[${escaped(description)}]${what}`;
  return excluded === "" ? quoted(`${names[0]}${text}`) : `${excluded}${quoted(text)}`;
}

function argumentSpec({ name, isRequired, written }: DescribedArgument, program: string): string {
  return quoted(`${isRequired ? "" : ":"}:${escaped(name)}:${action(written, program)}`);
}

function action(written: Written | undefined, program: string): string {
  if (written === "guests") return `_${program}_guests`;
  if (written === "files") return "_files";
  if (written === "folders") return "_files -/";
  return written === undefined ? " " : `(${written.join(" ")})`;
}

function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
