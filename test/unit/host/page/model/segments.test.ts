import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostPicture, type Segment } from "../../../../../host/page/model/segments.ts";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestStatus, Status } from "../../../../../host/src/model/status.ts";
import { KSM, STATUS, WEB } from "../../../../fakes/fake-control-service.ts";

function statusOf(guests: readonly GuestStatus[], savedBytes = 0): Status {
  return { ...STATUS, guests, ksm: { ...KSM, savedBytes } };
}

function bytesOf(segments: readonly Segment[] | undefined): Record<string, number> {
  return Object.fromEntries(
    (segments ?? []).map(({ kind, label, bytes }) => [kind === "guest" ? label : kind, bytes]),
  );
}

const amount = fc.integer({ min: 0, max: 32 * 1024 }).map((mib) => mib * MIB);
const anyGuest = fc
  .record(
    { usedBytes: amount, residentBytes: amount, actualBytes: amount, maxBytes: amount },
    { requiredKeys: [] },
  )
  .map((sizes): GuestStatus => {
    const { usedBytes: _u, residentBytes: _r, actualBytes: _a, maxBytes: _m, ...rest } = WEB;
    return { ...rest, ...sizes };
  });

describe("the picture of the host's memory", () => {
  it("is not drawn before the host was read", () => {
    expect(hostPicture({ ...STATUS, host: { accounting: "resident" } })).toBeUndefined();
  });

  it("shows what each guest uses, what their processes hold besides, the reserve and what is free", () => {
    const picture = hostPicture(statusOf([WEB]));
    expect(bytesOf(picture?.memory)).toEqual({
      others: (24 - 13.5) * GIB - 740 * MIB,
      web1: 600 * MIB,
      idle: 140 * MIB,
      reserve: 512 * MIB,
      free: 13 * GIB,
    });
    expect(bytesOf(picture?.spared)).toEqual({ ksm: 0, lent: (2048 - 768) * MIB });
  });

  it("counts what KSM saves once, beside the memory", () => {
    const picture = hostPicture(statusOf([WEB], 100 * MIB));
    expect(bytesOf(picture?.memory)).toMatchObject({ web1: 600 * MIB, idle: 40 * MIB });
    expect(bytesOf(picture?.spared)).toMatchObject({ ksm: 100 * MIB });
  });

  it("shows the guests smaller alike where they say that they use more than is in use", () => {
    const guests = ["a", "b"].map((name) => ({ ...WEB, name, usedBytes: 20 * GIB, residentBytes: 20 * GIB }));
    expect(bytesOf(hostPicture(statusOf(guests))?.memory)).toMatchObject({
      a: 5.25 * GIB,
      b: 5.25 * GIB,
      others: 0,
      free: 13 * GIB,
    });
  });

  it("adds up, whatever the figures are: they are of different moments", () => {
    fc.assert(
      fc.property(
        fc.array(anyGuest, { maxLength: 30 }),
        amount,
        amount,
        amount,
        amount,
        (guests, ...host) => {
          const [totalBytes, availableBytes, reserveBytes, savedBytes] = host;
          const status = statusOf(guests, savedBytes);
          const picture = hostPicture({
            ...status,
            host: { ...status.host, totalBytes, availableBytes, reserveBytes },
          });
          const sizes = (picture?.memory ?? []).map(({ bytes }) => bytes);
          expect(sizes.every((bytes) => bytes >= 0)).toBe(true);
          expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBe(totalBytes);
        },
      ),
    );
  });

  it("shows the twelve largest of many guests, and the others as one part", () => {
    const guests = Array.from({ length: 20 }, (_, i) => ({
      ...WEB,
      name: `g${i}`,
      usedBytes: (i + 1) * MIB,
    }));
    const { memory = [] } = hostPicture(statusOf(guests)) ?? {};
    const own = memory.filter(({ kind }) => kind === "guest");
    expect(own.map(({ label }) => label)).toEqual(Array.from({ length: 12 }, (_, i) => `g${19 - i}`));
    expect(memory).toContainEqual({ kind: "more-guests", label: "8 more guests", bytes: 36 * MIB });
  });
});
