/** `ballast completion SHELL`: prints the shell's completion script. Packages bring the same files. */
import type { DescribedCommand } from "../describe.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

/** The script of each shell. */
export const COMPLETIONS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const satisfies Readonly<Record<string, (program: DescribedCommand) => string>>;
export type Shell = keyof typeof COMPLETIONS;
