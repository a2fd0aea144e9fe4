/** Holds what a command prints with `--json` to its schema, with a validator of JSON schema. Fields that the schema does not name are errors too. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { outputSchema } from "../../host/src/cli/schema/schemas.ts";

/** What is wrong with a command's output; empty: nothing is. */
export function outputErrors(command: string, value: unknown): string[] {
  const schema = outputSchema(command);
  if (schema === undefined) return [`${command} has no schema`];
  const check = new Ajv2020({ strict: false, allErrors: true }).compile(closed(schema) as object);
  check(value);
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** A schema lets fields pass that a newer broker may add. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const fields = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const names = Object.keys(("properties" in schema && schema.properties) || {});
  return { ...Object.fromEntries(fields), ...(names.length > 0 && { additionalProperties: false }) };
}
