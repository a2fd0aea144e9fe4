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

/** What is committed as `host/schema/ballastd.schema.json`. Making it takes milliseconds: once for each reading of a file, not for each problem. */
export function configJsonSchema(): SchemaNode {
  return z.toJSONSchema(configSchema, { io: "input" }) as SchemaNode;
}

/** The node of any schema that describes the value at `path`. */
export function nodeAt(root: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const part of path) node = typeof part === "number" ? node?.items : node?.properties?.[String(part)];
  return node;
}
