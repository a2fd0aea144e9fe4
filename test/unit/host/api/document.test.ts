import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { openApiDocument } from "../../../../host/src/api/document.ts";
import { OPERATIONS } from "../../../../host/src/api/operations.ts";

/** As a client gets it. */
const DOCUMENT = JSON.parse(JSON.stringify(openApiDocument("1.2.3")));

/** All values of a key, wherever they stand. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [inner] : []),
    ...valuesOf(key, inner),
  ]);
}

describe("the OpenAPI document", () => {
  it("is one, a validator for OpenAPI 3.1 says", async () => {
    const validator = new Validator();
    expect(await validator.validate(DOCUMENT)).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    const { answer: _, ...broken } = DOCUMENT.paths["/v1/status"].get;
    const wrong = { ...DOCUMENT, paths: { "/v1/status": { get: { ...broken, responses: { 200: {} } } } } };
    expect((await new Validator().validate(wrong)).valid).toBe(false);
  });

  it("has every operation once, under its own name", () => {
    const ids = valuesOf("operationId", DOCUMENT.paths);
    expect(ids.toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
  });

  it("refers to nothing that it does not have, and has nothing that is not referred to", () => {
    const wanted = new Set(valuesOf("$ref", DOCUMENT));
    const schemas = Object.keys(DOCUMENT.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...wanted].toSorted()).toEqual(schemas.toSorted());
  });

  it("says what may be absent, what must be there, and which words there are", () => {
    const { Guest, Error: Failure } = DOCUMENT.components.schemas;
    expect(Guest.required).toEqual(["name", "source", "level", "state", "reason", "shares", "agent"]);
    expect(Guest.properties.maxBytes).toMatchObject({ type: "integer" });
    expect(Guest.properties.state["x-extensible-enum"]).toContain("managed");
    expect(Failure.properties.error.properties.code["x-extensible-enum"]).toContain("unauthorized");
  });

  it("describes what is sent: parts of the path, the query with its defaults, the body", () => {
    const { parameters } = DOCUMENT.paths["/v1/events"].get;
    expect(parameters).toMatchObject([
      { name: "after", in: "query", required: false, schema: { type: "integer", default: 0 } },
      {
        name: "limit",
        in: "query",
        required: false,
        schema: { type: "integer", default: 100, maximum: 1000 },
      },
    ]);
    const { post } = DOCUMENT.paths["/v1/guests/{name}/balloon"];
    expect(post.parameters).toMatchObject([{ name: "name", in: "path", required: true }]);
    expect(DOCUMENT.components.schemas.BalloonRequest).toMatchObject({
      additionalProperties: false,
      required: ["target"],
    });
  });

  it("asks for the token in all that changes something, and in nothing else", () => {
    for (const path of Object.values<Record<string, { security?: unknown; responses: object }>>(
      DOCUMENT.paths,
    ))
      for (const [method, { security, responses }] of Object.entries(path)) {
        expect(security).toEqual(method === "post" ? [{ token: [] }] : undefined);
        expect("401" in responses).toBe(method === "post");
      }
  });
});
