/** The YAML parser's findings, in words for an admin with a config file. */
import type { YAMLError } from "yaml";

interface Wording {
  readonly message: string;
  readonly advice: string;
}

const WORDINGS: Partial<Record<YAMLError["code"], Wording>> = {
  DUPLICATE_KEY: { message: "this key is already there", advice: "keep one of the two" },
  TAB_AS_INDENT: { message: "a tab is used to indent", advice: "indent with spaces" },
  BAD_INDENT: {
    message: "the indentation or a closing bracket is wrong",
    advice: "indent keys of one map alike, close every [ and {",
  },
  MULTIPLE_DOCS: { message: "a second document begins here", advice: "remove the line ---" },
  TAG_RESOLVE_FAILED: { message: "tags (!name) are not supported here", advice: "write the plain value" },
  NON_STRING_KEY: { message: "a key that is not text", advice: "write the key as a word" },
  BAD_DIRECTIVE: { message: "an unknown directive", advice: "remove the line beginning with %" },
  MISSING_CHAR: { message: "a quote or bracket is not closed", advice: "close it" },
  BAD_SCALAR_START: {
    message: "a plain value cannot begin with this character",
    advice: "put the value in quotes",
  },
  BAD_DQ_ESCAPE: { message: "an unknown escape in double quotes", advice: "use single quotes" },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second ": " in one line, or a line that is indented too far',
    advice: "give each key a line of its own, or put the value in quotes",
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key without its ": "',
    advice: 'write "key: value", with a space after the colon',
  },
  UNEXPECTED_TOKEN: {
    message: "something that does not belong here",
    advice: "check the indentation, quotes and brackets of this line and the one before",
  },
};

/** Without a better text the first line of the parser's `message` is used. */
export function syntaxAdvice(code: YAMLError["code"], parserMessage: string): Wording {
  if (parserMessage.includes("call stack")) return { message: "nested too deeply", advice: "write it flat" };
  const plain = { message: parserMessage.split("\n")[0] ?? code, advice: "correct the YAML here" };
  return WORDINGS[code] ?? plain;
}
