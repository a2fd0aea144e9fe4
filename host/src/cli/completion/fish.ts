/** The completion for fish (fish's complete(1)). Pure. */
import type { DescribedArgument, DescribedCommand, DescribedOption } from "../describe.ts";
import type { Written } from "../words.ts";
import { GUEST_NAMES_COMMAND, type Place, placesOf } from "./places.ts";

/** The script for /usr/share/fish/vendor_completions.d. */
export function fishCompletion(program: DescribedCommand): string {
  const name = program.path[0] ?? "";
  const places = placesOf(program);
  const valued = places.flatMap(({ options }) =>
    options.flatMap(({ names, value }) => (value === undefined ? [] : names)),
  );
  const paths = places.filter(({ words }) => words !== "").map(({ words }) => quoted(words));
  return `# fish completion for ${name}

# Whether the words before the cursor lead to this command and so many of its arguments (any number if none is named).
function __${name}_at --argument-names wanted count
    set -l path
    set -l taken 0
    set -l is_value 0
    for word in (commandline -opc)[2..]
        if test $is_value = 1
            set is_value 0
        else if string match -q -- '-*' $word
            contains -- $word ${[...new Set(valued)].join(" ")}; and set is_value 1
        else if test $taken = 0; and contains -- (string join ' ' -- $path $word) ${paths.join(" ")}
            set path $path $word
        else
            set taken (math $taken + 1)
        end
    end
    set -l words (string join ' ' -- $path)
    test "$words" = "$wanted"; or return 1
    test -z "$count"; or test $taken = $count
end

complete -c ${name} -f
${places.flatMap((place) => linesOf(place, name)).join("\n")}
`;
}

function linesOf({ words, command, options }: Place, name: string): string[] {
  const at = (count?: number) =>
    `complete -c ${name} -n ${quoted(`__${name}_at ${quoted(words)}${count === undefined ? "" : ` ${count}`}`)}`;
  return [
    ...command.commands.map(
      ({ path, description }) => `${at(0)} -a ${path.at(-1) ?? ""} -d ${quoted(description)}`,
    ),
    ...command.arguments.flatMap((argument, count) => argumentLine(argument, at(count), name)),
    ...options.map((option) => optionLine(option, at(), name)),
  ];
}

function argumentLine({ name, written }: DescribedArgument, at: string, program: string): string[] {
  if (written === undefined) return [];
  return [`${at} ${values(written, program)} -d ${quoted(name)}`];
}

function optionLine({ names, description, value }: DescribedOption, at: string, program: string): string {
  const flags = names.map((each) => (each.startsWith("--") ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`));
  const takes = value === undefined ? "" : ` ${valueFlags(value.written, program)}`;
  return `${at} ${flags.join(" ")}${takes} -d ${quoted(description)}`;
}

/** Without `-x` fish offers files beside what is listed. */
function valueFlags(written: Written | undefined, program: string): string {
  if (written === undefined) return "-x";
  return `${written === "files" ? "-r" : "-x"} ${values(written, program)}`;
}

function values(written: Written, program: string): string {
  if (written === "guests") return `-a ${quoted(`(${program} ${GUEST_NAMES_COMMAND} 2>/dev/null)`)}`;
  if (written === "files") return "-F";
  if (written === "folders") return `-a ${quoted("(__fish_complete_directories (commandline -ct))")}`;
  return `-a ${quoted(written.join(" "))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
