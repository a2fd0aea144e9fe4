import { describe, expect, it } from "vitest";
import { GIB } from "../../../../../host/src/model/bytes.ts";
import { DEFLATE_ON_OOM } from "../../../../../host/src/simulate/controllers/deflate-on-oom.ts";
import { STATIC_SPLIT } from "../../../../../host/src/simulate/controllers/static-split.ts";
import { aFuture, FakeWorldView } from "../../../../fakes/fake-world-view.ts";

const SETUP = { accounting: "resident", splitBytes: 6 * GIB, future: aFuture({}) } as const;

function world(): FakeWorldView {
  return new FakeWorldView([
    { name: "light", fullMib: 8192, minMib: 512 },
    { name: "heavy", fullMib: 8192, minMib: 512, shares: 2000 },
    { name: "later", fullMib: 8192, minMib: 512, isOff: true, shares: 3000 },
  ]);
}

describe.each([STATIC_SPLIT, DEFLATE_ON_OOM])("$name", (maker) => {
  it("gives running guests their shares once, keeping those of guests to come", () => {
    const view = world();
    const controller = maker.make(SETUP);
    controller.tick(view);
    expect(view.take()).toEqual({ light: 1024, heavy: 2048 });
    controller.tick(view);
    expect(view.take()).toEqual({});
  });

  it("gives a booting guest its share", () => {
    const view = world();
    const controller = maker.make(SETUP);
    controller.tick(view);
    view.take();
    controller.booted?.(view, "later");
    expect(view.take()).toEqual({ later: 3072 });
  });

  it("keeps guarantees and maxima", () => {
    const view = new FakeWorldView([
      { name: "small", fullMib: 1024, minMib: 512, shares: 9000 },
      { name: "guaranteed", fullMib: 8192, minMib: 4096, shares: 1 },
      { name: "rest", fullMib: 8192, minMib: 512 },
    ]);
    maker.make(SETUP).tick(view);
    expect(view.take()).toEqual({ small: 1024, guaranteed: 4096, rest: 1024 });
  });
});

describe("deflate-on-oom", () => {
  it("is the split with balloons that deflate on OOM", () => {
    expect(DEFLATE_ON_OOM.deflateOnOom).toBe(true);
    expect(STATIC_SPLIT.deflateOnOom).toBeUndefined();
  });
});
