/** The stream's deltas add up: whatever statuses follow each other, a reader that applies each delta has the last one. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Status } from "../../../host/src/model/status.ts";
import { applyDelta, deltaBetween } from "../../../host/src/model/status-delta.ts";

const word = fc.constantFrom("a", "b", "__proto__", "constructor", "guests");
const leaf = fc.oneof(fc.integer(), fc.boolean(), word, fc.array(fc.integer(), { maxLength: 2 }));
const fields = fc.dictionary(word, fc.oneof(leaf, fc.dictionary(word, leaf, { maxKeys: 2 })), { maxKeys: 3 });

const guest = fc
  .tuple(fc.constantFrom("web", "db", "build", "__proto__", "constructor", ""), fields)
  .map(([name, rest]) => ({ ...rest, name }));
const guests = fc.uniqueArray(guest, { selector: ({ name }) => name, maxLength: 5 });

/** Only its shape matters here: fields of any kind, some of which come and go. */
const status = fc
  .tuple(fields, fc.option(fields, { nil: undefined }), guests)
  .map(([host, ksm, all]) => ({ version: "1", host, ...(ksm && { ksm }), guests: all }) as unknown as Status);

const asSent = <T>(value: T): T => JSON.parse(JSON.stringify(value));

it("deltas add up to the last status, over the wire, in any order of guests", () => {
  fc.assert(
    fc.property(fc.array(status, { minLength: 2, maxLength: 5 }), ([first, ...later]) => {
      let told = first as Status;
      let heard = asSent(told);
      for (const next of later) {
        heard = applyDelta(heard, asSent(deltaBetween(told, next)));
        told = next;
        expect(heard).toEqual(asSent(told));
        expect(heard.guests.map(({ name }) => name)).toEqual(told.guests.map(({ name }) => name));
      }
    }),
    { numRuns: 500 },
  );
});

it("a delta is empty where nothing changed, and has only the guests that did", () => {
  fc.assert(
    fc.property(status, guests, (before, others) => {
      expect(deltaBetween(before, asSent(before))).toEqual({});
      const after = { ...before, guests: others as unknown as Status["guests"] };
      const { guests: changed = [], rest } = deltaBetween(before, after);
      expect(rest).toBeUndefined();
      const same = before.guests.filter((old) =>
        after.guests.some((now) => JSON.stringify(now) === JSON.stringify(old)),
      );
      expect(changed.filter(({ name }) => same.some((old) => old.name === name))).toEqual([]);
    }),
  );
});
