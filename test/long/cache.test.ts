/** Proves on a real guest that the cache cliff is seen coming: a cache reader keeps its working set while memory is taken. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { CacheReader } from "../testbed/cache-reader.ts";
import { skipReason } from "../testbed/requirements.ts";

const WATCH_MS = 60_000;
const reason = skipReason();

describe.skipIf(reason !== undefined)(`a cache reader (${reason ?? "QEMU"})`, () => {
  let reader: CacheReader;
  beforeAll(async () => {
    reader = await CacheReader.start();
  });
  afterAll(() => reader?.scene.close());

  it("waits for its disk at most a tenth of the time while its guest is being squeezed", async () => {
    const { waitShare } = await reader.squeezed(WATCH_MS);
    expect(waitShare).toBeLessThanOrEqual(0.1);
    expect(await reader.takenBytes()).toBeGreaterThan(100 * MIB);
    expect((await reader.scene.guest("reader").oomKills()).count).toBe(0);
  });
});
