/** `ballast schema COMMAND`: the JSON schema of what a command prints with `--json`. */
import { noSuch } from "../../config/suggest.ts";
import { UsageError } from "../../exit.ts";
import { outputSchema, SCHEMA_COMMANDS } from "../schema/schemas.ts";
import { printJson, type Terminal } from "../terminal.ts";

/** `words` are the command's: `agent tokens`. @throws {UsageError} for one that prints no JSON. */
export function showSchema(words: readonly string[], terminal: Terminal): void {
  const command = words.join(" ");
  const schema = outputSchema(command);
  if (schema === undefined) throw new UsageError(noSuch("command with --json", command, SCHEMA_COMMANDS));
  printJson(terminal, schema);
}
