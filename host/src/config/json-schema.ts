/** The config's JSON schema (draft 2020-12), for editors and for advice on wrong input. */
import { z } from "zod";
import { configSchema } from "./schema.ts";

/** The part of JSON schema that advice needs. */
export interface SchemaNode {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
}

/** What is committed as `host/schema/ballastd.schema.json`. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: "input" });
}

/** The node that describes the value at `path`; absent where the schema knows nothing. */
export function schemaAt(path: readonly PropertyKey[]): SchemaNode | undefined {
  return nodeAt(configJsonSchema(), path);
}

/** The node of any schema that describes the value at `path`. */
export function nodeAt(root: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const part of path) node = typeof part === "number" ? node?.items : node?.properties?.[String(part)];
  return node;
}
