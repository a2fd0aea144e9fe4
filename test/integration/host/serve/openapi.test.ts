/** What a real broker answers is what its own OpenAPI document promises. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { aLivelyBroker } from "../../../fakes/lively-broker.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

interface Described {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<
    Record<
      string,
      { readonly content: Readonly<Record<string, { readonly schema: { readonly $ref: string } }>> }
    >
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: object;
}

/** The document without its openness: in an answer of the broker that serves it there is no field and no word that it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const { "x-extensible-enum": words, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  // A patch may have any field of what it patches.
  const isPatch = String(rest["description"]).startsWith("merge patch");
  const isClosed = !isPatch && Object.keys((rest["properties"] as object | undefined) ?? {}).length > 0;
  return {
    ...rest,
    ...(words !== undefined && { enum: words }),
    ...(isClosed && rest["type"] === "object" && { additionalProperties: false }),
  };
}

async function aCheckedBroker() {
  const { port } = await aLivelyBroker();
  const base = `http://127.0.0.1:${port}`;
  const document = (await (await fetch(`${base}/v1/openapi.json`)).json()) as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(closed({ $id: "ballast:api", components: document.components }) as object);
  const checkOf = (ref: string): ValidateFunction => ajv.compile({ $ref: `ballast:api${ref}` });
  return { base, document, checkOf };
}

/** What queries must say. */
const QUERY: Readonly<Record<string, () => number>> = { at: Date.now };

const PATIENCE = { timeout: 60_000, interval: 100 };
/** Answers that do not end, or are not JSON. */
const OTHERS = ["eventStream", "metrics", "stream"];

describe("the OpenAPI document", { timeout: 2 * PATIENCE.timeout }, () => {
  it("is served, is valid, and every answer of the broker is as it says", async () => {
    const { base, document, checkOf } = await aCheckedBroker();
    expect(await new Validator().validate(document as never)).toEqual({ valid: true });
    const reads = Object.entries(document.paths).flatMap(([path, { get }]) =>
      get === undefined || OTHERS.includes(get.operationId) ? [] : [{ path, get }],
    );
    expect(reads.length).toBeGreaterThan(10);
    for (const { path, get } of reads) {
      const needed = get.parameters.filter((parameter) => parameter.in === "query" && parameter.required);
      const query = needed.map(({ name }) => `${name}=${QUERY[name]?.()}`).join("&");
      // A moment is there once the first ten seconds are written.
      const answer = await vi.waitFor(async () => {
        const first = await fetch(`${base}${path.replace("{name}", "web")}?${query}`);
        expect(first.status, path).toBe(200);
        return first;
      }, PATIENCE);
      const check = checkOf(get.responses[200]?.content["application/json"]?.schema.$ref ?? "");
      check(await answer.json());
      expect(check.errors ?? [], path).toEqual([]);
    }
  });

  it("tells the truth of failures and of other media too", async () => {
    const { base, document, checkOf } = await aCheckedBroker();
    const metrics = await fetch(`${base}/metrics`);
    const media = Object.keys(document.paths["/metrics"]?.["get"]?.responses[200]?.content ?? {});
    expect(media).toEqual([metrics.headers.get("content-type")?.split(";")[0]]);
    const socket = new WebSocket(`${base}/v1/stream`.replace("http", "ws"));
    onTestFinished(() => socket.terminate());
    const messages: unknown[] = [];
    socket.on("message", (data) => messages.push(JSON.parse(String(data))));
    await vi.waitUntil(() => messages.length >= 4, { timeout: 30_000 });
    for (const message of messages) {
      const check = checkOf("#/components/schemas/StreamMessage");
      check(message);
      expect(check.errors ?? []).toEqual([]);
    }
    const failing = ["/v1/guests/nobody", "/v1/guests/nobody/explain", "/v1/events?limit=x", "/v1/none"];
    for (const path of failing) {
      const answer = await fetch(`${base}${path}`);
      const check = checkOf("#/components/schemas/Error");
      check(await answer.json());
      expect([answer.status >= 400, check.errors ?? []], path).toEqual([true, []]);
    }
  });
});

describe("control.http", () => {
  it("changes something with a token of the file as it is now, and only then", async () => {
    const controlTokenPath = join(tempFolder(), "control.token");
    const { port, broker } = await aLivelyBroker({ controlTokenPath });
    const change = async (token: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/guests/web/balloon`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ target: 1024 * MIB }),
      });
      return answer.status;
    };
    const token = "t".repeat(64);
    expect(await change(token)).toBe(401);
    writeFileSync(controlTokenPath, token, { mode: 0o600 });
    expect(await change("u".repeat(64))).toBe(401);
    expect((await broker.guest("web")).manual).toBeUndefined();
    expect(await change(token)).toBe(200);
    expect((await broker.guest("web")).manual).toEqual({ targetBytes: 1024 * MIB });
    const texts = (await broker.events()).map(({ text }) => text);
    expect(texts).toContainEqual(expect.stringContaining(`control.token: ${controlTokenPath} is not there`));
    expect(broker.logText()).not.toContain(token);
    writeFileSync(controlTokenPath, "v".repeat(64));
    expect(await change(token)).toBe(401);
  });
});
