/** The messages of `/v1/stream`, as the document describes them. */
import { z } from "zod";
import type { StreamMessage } from "../model/stream.ts";
import { moment } from "./fields.ts";
import { EVENT } from "./past.ts";
import { STATUS } from "./status.ts";

const PATCH = z.looseObject({});

export const STREAM_MESSAGE: z.ZodType<StreamMessage> = z
  .discriminatedUnion("type", [
    z.looseObject({
      type: z.literal("snapshot"),
      atMs: moment("when"),
      status: STATUS,
      events: z.array(EVENT).meta({ description: "the newest, oldest first" }),
    }),
    z.looseObject({
      type: z.literal("delta"),
      atMs: moment("when"),
      rest: PATCH.meta({
        description: "merge patch (RFC 7396): of the status without its guests; absent: nothing changed",
      }).exactOptional(),
      guests: z
        .array(z.looseObject({ name: z.string() }).meta({ description: "merge patch of a guest" }))
        .meta({ description: "of the guests that changed; a new one has all of its fields" })
        .exactOptional(),
      names: z
        .array(z.string())
        .meta({ description: "all guests in their order, where guests came or went" })
        .exactOptional(),
    }),
    z.looseObject({ type: z.literal("event"), event: EVENT }),
  ])
  .meta({ id: "StreamMessage", description: "A message of the stream." });
