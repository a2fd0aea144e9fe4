/**
 * The OpenAPI 3.1 document of the control API. Its schemas are JSON Schema 2020-12 (https://spec.openapis.org/oas/v3.1.0#schema-object), which
 * zod writes itself: nothing stands in the document that is not checked.
 */
import { z } from "zod";
import { ERROR, ERRORS, type ErrorCode } from "./errors.ts";
import type { AnyOperation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";

type Json = Readonly<Record<string, unknown>>;

const JSON_MEDIA = "application/json";
const TOKEN = "token";
/** Requests are described as they are sent; `any` where a check is code, whose type the schema itself names. */
const OPTIONS = { io: "input", unrepresentable: "any" } as const;

/** `version` is the program's. */
export function openApiDocument(version: string): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Ballast control API",
      version,
      description:
        "Served on the unix socket control.socket, and on control.http. Over HTTP all but reads needs the token of control.token. What is unknown is absent. Clients must let fields and words pass that they do not know.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [
      { url: "http://127.0.0.1:7780", description: "control.http; the unix socket has the same paths" },
    ],
    paths: pathsOf(Object.entries(OPERATIONS)),
    components: {
      schemas: componentSchemas(),
      securitySchemes: { [TOKEN]: { type: "http", scheme: "bearer" } },
    },
  };
}

function pathsOf(operations: readonly (readonly [string, AnyOperation])[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, operation] of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(id, operation) };
  return paths;
}

function describe(id: string, operation: AnyOperation): Json {
  const { summary, body, answer, media = JSON_MEDIA, method, isWebSocket } = operation;
  return {
    operationId: id,
    summary,
    ...(method === "post" && { security: [{ [TOKEN]: [] }] }),
    parameters: [...pathParameters(operation.path), ...queryParameters(operation.query)],
    ...(body !== undefined && { requestBody: { required: true, content: contentOf(JSON_MEDIA, body) } }),
    responses: {
      [isWebSocket ? 101 : 200]: {
        description: answer.meta()?.description ?? summary,
        content: contentOf(media, answer),
      },
      ...failuresOf(operation),
    },
  };
}

function contentOf(media: string, schema: z.ZodType): Json {
  return { [media]: { schema: { $ref: referenceTo(schema) } } };
}

function referenceTo(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (id === undefined) throw new Error("a schema of the control API has no id");
  return componentUri(id);
}

const componentUri = (id: string) => `#/components/schemas/${id}`;

function failuresOf({ failures, query, body, method }: AnyOperation): Json {
  const codes: readonly ErrorCode[] = [
    ...failures,
    ...(query === undefined && body === undefined ? [] : (["bad-request"] as const)),
    ...(method === "post" ? (["too-large", "read-only", "unauthorized"] as const) : []),
    ...(["forbidden", "internal"] as const),
  ];
  const meanings = (status: number) =>
    codes.filter((code) => ERRORS[code][0] === status).map((code) => `${code}: ${ERRORS[code][1]}`);
  return Object.fromEntries(
    codes.map((code) => {
      const [status] = ERRORS[code];
      return [status, { description: meanings(status).join("; "), content: contentOf(JSON_MEDIA, ERROR) }];
    }),
  );
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: "path", required: true, schema: { type: "string" } },
    description: "the guest's name, escaped as a URL's part",
  }));
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(query, {
    ...OPTIONS,
    // zod leaves out the default of a field that is read from a text.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
    },
  });
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: "query", required: required.includes(name), schema },
  }));
}

/** All that have an id. */
function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { ...OPTIONS, uri: componentUri });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]),
  );
}
