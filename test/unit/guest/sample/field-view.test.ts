import { describe, expect, it } from "vitest";
import { FieldView } from "../../../../guest/src/sample/field-view.ts";

const TOO_LARGE = Number.MAX_SAFE_INTEGER + 1;

describe("a view of fields", () => {
  it("shows new figures in the object that it showed before", () => {
    const view = new FieldView(["freeBytes", "fileBytes"]);
    view.set(0, 1);
    const before = view.show();
    view.set(0, 2);
    expect(view.show()).toBe(before);
    expect(before).toEqual({ freeBytes: 2 });
  });

  it.each([Number.NaN, TOO_LARGE, 0.5])("lacks a field that is set to %d, and keeps the others", (value) => {
    const view = new FieldView(["freeBytes", "fileBytes"]);
    view.set(0, 1);
    view.set(1, 2);
    view.show();
    view.set(0, value);
    expect(Object.keys(view.show())).toEqual(["fileBytes"]);
    view.set(0, 3);
    expect(view.show()).toEqual({ freeBytes: 3, fileBytes: 2 });
  });

  it("adds up what is added, and nothing of what was before it was cleared", () => {
    const view = new FieldView(["freeBytes"], 1024);
    view.add(0, 5);
    view.clear();
    view.add(0, 1);
    view.add(0, 2);
    expect(view.show()).toEqual({ freeBytes: 3 * 1024 });
  });

  it("has nothing to do with another view of the same fields", () => {
    const [one, other] = [new FieldView(["freeBytes"]), new FieldView(["freeBytes"])];
    one.set(0, 1);
    other.set(0, 2);
    expect([one.show(), other.show()]).toEqual([{ freeBytes: 1 }, { freeBytes: 2 }]);
  });
});
