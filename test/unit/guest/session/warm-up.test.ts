/** The walk of the urgent path before it is needed. */
import { expect, it } from "vitest";
import { warmUp } from "../../../../guest/src/session/warm-up.ts";
import { FakeGuestMemory } from "../../../fakes/fake-guest-memory.ts";

const MIB = 1024 * 1024;

it.each([
  ["an empty balloon", 0],
  ["a full one", 300 * MIB],
])("encodes demands and reports in a guest with %s", (_, balloonBytes) => {
  const guest = new FakeGuestMemory({ fullBytes: 500 * MIB, balloonBytes, anonymousBytes: 100 * MIB });
  expect(warmUp(guest.traits, (nowMs) => guest.sample(nowMs), 0)).toBeGreaterThan(500);
});
