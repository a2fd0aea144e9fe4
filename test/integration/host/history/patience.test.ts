/** How long a held file keeps the broker: its patience is told to a store in the place of the real one. */
import { expect, it, vi } from "vitest";
import { HistoryRecorder } from "../../../../host/src/history/recorder.ts";
import { HistoryError } from "../../../../host/src/model/history.ts";
import { STATUS } from "../../../fakes/fake-control-service.ts";

const patiences = vi.hoisted((): number[] => []);

/** A file that another program holds. */
vi.mock("../../../../host/src/history/store.ts", () => ({
  HistoryStore: class {
    constructor(_path: string, _mostBytes: number, patienceMs: number) {
      patiences.push(patienceMs);
      throw new HistoryError("HISTORY_FAILED", "the file is held");
    }
  },
}));

it("a history is waited for before the broker begins, and keeps it waiting no more after that", () => {
  const told: string[] = [];
  const recorder = new HistoryRecorder({
    ...{ path: "history.db", mostBytes: 1, wallMs: () => 0 },
    source: { status: () => STATUS, moves: () => [], hotCaches: () => [] },
    note: (_level, text) => void told.push(text),
  });
  recorder.recall();
  recorder.record();
  recorder.record();
  expect(patiences).toEqual([2000, 50, 50]);
  expect(told).toEqual(["no history is kept, balancing goes on: the file is held"]);
});
