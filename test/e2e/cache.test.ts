/** Proves on a real guest that the cache cliff is seen coming: a cache reader goes on at its speed while memory is taken. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { CacheReaders } from "../bench/cache-readers.ts";
import { skipReason } from "../testbed/requirements.ts";

const WATCH_MS = 60_000;
const reason = skipReason();

describe.skipIf(reason !== undefined)(`a cache reader (${reason ?? "QEMU"})`, () => {
  let readers: CacheReaders;
  beforeAll(async () => {
    readers = await CacheReaders.start();
  });
  afterAll(() => readers?.scene.close());

  it("keeps at least 90 % of its speed, beside one that is left alone, while its guest is being reclaimed", async () => {
    const { before, during } = await readers.speeds(WATCH_MS);
    expect(during.ratio / before.ratio).toBeGreaterThanOrEqual(0.9);
    expect(await readers.takenBytes()).toBeGreaterThan(100 * MIB);
    expect((await readers.scene.guest("reader").oomKills()).count).toBe(0);
  });
});
