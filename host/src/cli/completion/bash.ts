/** The completion for bash (bash(1), "Programmable Completion"). It needs no library of functions. Pure. */
import type { DescribedCommand } from "../describe.ts";
import type { Written } from "../words.ts";
import { GUEST_NAMES_COMMAND, type Place, placesOf } from "./places.ts";

/** The script for /usr/share/bash-completion/completions. */
export function bashCompletion(program: DescribedCommand): string {
  const name = program.path[0] ?? "";
  const places = placesOf(program);
  return `# bash completion for ${name}

# What can follow a command: sets options, commands and arguments (what stands in each place).
_${name}_at() {
  options= commands= arguments=()
  case $1 in
${places.map(atCase).join("\n")}
  esac
}

# What the value of an option is: sets written, or fails where the option takes none.
_${name}_value() {
  case "$1 $2" in
${places.flatMap(valueCases).join("\n")}
  *) return 1 ;;
  esac
}

_${name}_reply() {
  case $1 in
  guests) COMPREPLY=($(compgen -W "$(${name} ${GUEST_NAMES_COMMAND} 2>/dev/null)" -- "$current")) ;;
  files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
  folders) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")) ;;
  *) COMPREPLY=($(compgen -W "$1" -- "$current")) ;;
  esac
}

_${name}() {
  local IFS=$' \\t\\n' current=\${COMP_WORDS[COMP_CWORD]} path= taken=0 i word written options commands arguments
  COMPREPLY=()
  [[ $current == = ]] && current=
  _${name}_at ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == -* ]]; then
      _${name}_value "$path" "$word" || continue
      [[ \${COMP_WORDS[i + 1]} == = ]] && ((i++))
      ((++i < COMP_CWORD)) && continue
      _${name}_reply "$written"
      return
    elif [[ " $commands " == *" $word "* ]]; then
      path="\${path:+$path }$word"
      taken=0
      _${name}_at "$path"
    else
      ((taken++))
    fi
  done
  if [[ $current == -* ]]; then
    _${name}_reply "$options"
  elif [[ -n $commands && $taken == 0 ]]; then
    _${name}_reply "$commands"
  else
    _${name}_reply "\${arguments[taken]}"
  fi
}

complete -F _${name} ${name}
`;
}

function atCase({ words, command, options }: Place): string {
  const names = options.flatMap((option) => option.names).join(" ");
  const commands = command.commands.map(({ path }) => path.at(-1)).join(" ");
  const places = command.arguments.map(({ written }) => quoted(wordOf(written))).join(" ");
  return `  ${quoted(words)}) options=${quoted(names)} commands=${quoted(commands)} arguments=(${places}) ;;`;
}

/** A value is the same beneath the command that has the option. */
function valueCases({ words, command: { options } }: Place): string[] {
  return options.flatMap(({ names, value }) => {
    if (value === undefined) return [];
    const pattern = names.map((name) => `${quoted(words)}*${quoted(` ${name}`)}`).join(" | ");
    return `  ${pattern}) written=${quoted(wordOf(value.written))} ;;`;
  });
}

function wordOf(written: Written | undefined): string {
  if (written === undefined) return "";
  return typeof written === "string" ? written : written.join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
