/** Colours if the terminal supports them, otherwise plain text. */
const CODES = { good: 32, warn: 33, bad: 31, faint: 2, strong: 1 } as const;

export type Style = keyof typeof CODES;
export type Paint = (style: Style | undefined, text: string) => string;

export const plain: Paint = (_style, text) => text;

/** ANSI SGR sequences, ECMA-48 8.3.117. */
export const coloured: Paint = (style, text) =>
  style === undefined ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`;
