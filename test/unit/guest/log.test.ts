/** The agent's log. */
import { expect, it } from "vitest";
import { BoundedLog } from "../../../guest/src/log.ts";

it("leaves out what is below its level", () => {
  const lines: string[] = [];
  const log = new BoundedLog(
    "warn",
    () => 0,
    (line) => lines.push(line) > 0,
  );
  log.write("info", "fine");
  log.write("error", "bad");
  expect(lines).toEqual(["error bad\n"]);
});

it("writes a bounded number of lines a minute and says how many it left out", () => {
  const lines: string[] = [];
  let nowMs = 0;
  const log = new BoundedLog(
    "info",
    () => nowMs,
    (line) => lines.push(line) > 0,
  );
  for (let i = 0; i < 100; i++) log.write("warn", "again");
  expect(lines).toHaveLength(30);
  nowMs = 60_000;
  log.write("warn", "again");
  expect(lines.slice(30)).toEqual(["warn 70 lines were left out\n", "warn again\n"]);
});

it("leaves out what its reader does not take, and says so when it does", () => {
  const lines: string[] = [];
  let isTaken = false;
  const log = new BoundedLog(
    "info",
    () => 0,
    (line) => isTaken && lines.push(line) > 0,
  );
  log.write("warn", "first");
  log.write("warn", "second");
  isTaken = true;
  log.write("warn", "third");
  expect(lines).toEqual(["warn 2 lines were left out\n", "warn third\n"]);
});
