/** What a shell needs to know of a command line: at each command its options, the commands beneath it and its arguments. Pure. */
import type { DescribedCommand, DescribedOption } from "../describe.ts";

/** The hidden command that prints the guests' names, one a line. */
export const GUEST_NAMES_COMMAND = "guest-names";

/** One command, as it is reached. */
export interface Place {
  /** The words after the program's name, with blanks between: "" is the program itself. */
  readonly words: string;
  readonly command: DescribedCommand;
  /** Its own options, and those above it that hold here too. */
  readonly options: readonly DescribedOption[];
}

export function placesOf(command: DescribedCommand, above: readonly DescribedOption[] = []): Place[] {
  const own = new Set(command.options.flatMap(({ names }) => names));
  const inherited = above.filter(({ names }) => names.every((name) => !own.has(name)));
  const options = [...command.options, ...inherited];
  const words = command.path.slice(1).join(" ");
  return [{ words, command, options }, ...command.commands.flatMap((each) => placesOf(each, options))];
}
