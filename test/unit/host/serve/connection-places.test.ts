import { describe, expect, it } from "vitest";
import { ConnectionPlaces } from "../../../../host/src/serve/connection-places.ts";

function scene() {
  const places = new ConnectionPlaces<{ name: string; destroy(): void }>({ waiting: 3, answering: 2 });
  const cut: string[] = [];
  const open = (name: string) => {
    const connection = { name, destroy: () => void cut.push(name) };
    places.wait(connection);
    return connection;
  };
  return { places, cut, open };
}

describe("the places of the control socket's connections", () => {
  it("go to newcomers: the oldest without a complete request is cut", () => {
    const { cut, open } = scene();
    for (const name of ["a", "b", "c", "d", "e"]) open(name);
    expect(cut).toEqual(["a", "b"]);
  });

  it("are counted by what connections do, and one that goes on asking is the newest again", () => {
    const { places, cut, open } = scene();
    const first = open("first");
    for (const name of ["b", "c"]) open(name);
    places.answer(first);
    open("d");
    expect(cut).toEqual([]);
    places.wait(first);
    expect(cut).toEqual(["b"]);
    for (const name of ["e", "f"]) open(name);
    expect(cut).toEqual(["b", "c", "d"]);
  });

  it("of those that do not take their answers go to newer answers", () => {
    const { places, cut, open } = scene();
    for (const name of ["a", "b", "c"]) places.answer(open(name));
    expect(cut).toEqual(["a"]);
  });

  it("are never those of streams, and are free again once a connection is closed", () => {
    const { places, cut, open } = scene();
    for (const name of ["a", "b", "c"]) {
      const stream = open(name);
      places.answer(stream);
      places.leave(stream);
    }
    const gone = open("gone");
    places.leave(gone);
    for (const name of ["d", "e", "f"]) open(name);
    expect(cut).toEqual([]);
  });
});
