import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { parseKills, parseLooks } from "../../../bench/real/track.ts";

const OUTPUT = [
  "ready",
  "at=250 running=1 kills=0 anon=10240 reads=42 dropped=3 total=480256 available=409600 refaults=7",
  "killed at=4221 anon=86016",
  "at=4250 running=0 kills=1 anon=0 reads=42 dropped=3 total=480256 available=409600 refaults=9",
  "at=45",
].join("\n");

describe("what a played script prints", () => {
  it("is read look by look, and a line that is not whole yet is left for later", () => {
    const looks = parseLooks(OUTPUT);
    expect(looks).toHaveLength(2);
    expect(looks[0]).toEqual({
      atMs: 250,
      running: true,
      kills: 0,
      anonBytes: 10 * MIB,
      reads: 42,
      droppedReads: 3,
      totalBytes: 469 * MIB,
      availableBytes: 400 * MIB,
      refaultPages: 7,
    });
    expect(looks[1]).toMatchObject({ running: false, kills: 1 });
  });

  it("tells each kill with what had been touched by then", () => {
    expect(parseKills(OUTPUT)).toEqual([{ atMs: 4221, anonBytes: 84 * MIB }]);
  });
});
