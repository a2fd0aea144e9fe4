import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { STREAM_STEP_MS, type StreamMessage } from "../../../../host/src/model/stream.ts";
import { StatusStream } from "../../../../host/src/serve/status-stream.ts";
import { FakeBrokerView, WEB } from "../../../fakes/fake-control-service.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function aStream() {
  const view = new FakeBrokerView();
  const look = vi.spyOn(view, "status");
  const stream = new StatusStream({ view, log: keepingLog(), wallMs: () => 5 });
  const open = () => {
    const messages: StreamMessage[] = [];
    const reader = { send: (text: string) => void messages.push(JSON.parse(text)), end: () => {} };
    stream.open(reader);
    return { messages, reader };
  };
  return { view, look, stream, open };
}

describe("the stream of the status", () => {
  it("looks once a step for all of its readers, and never without one", () => {
    const { look, stream, open } = aStream();
    vi.advanceTimersByTime(5 * STREAM_STEP_MS);
    expect(look).not.toHaveBeenCalled();
    const [one, two] = [open(), open()];
    expect(look).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(3 * STREAM_STEP_MS);
    expect(look).toHaveBeenCalledTimes(4);
    stream.close(one.reader);
    stream.close(two.reader);
    vi.advanceTimersByTime(5 * STREAM_STEP_MS);
    expect(look).toHaveBeenCalledTimes(4);
  });

  it("tells something in every step, so that silence means that something is wrong", () => {
    const { open } = aStream();
    const { messages } = open();
    vi.advanceTimersByTime(2 * STREAM_STEP_MS);
    expect(messages.slice(1)).toEqual([
      { type: "delta", atMs: 5 },
      { type: "delta", atMs: 5 },
    ]);
  });

  it("gives a reader that comes later the same state to which the next delta belongs", () => {
    const { view, open } = aStream();
    open();
    view.more = [{ ...WEB, name: "new1" }];
    const { messages } = open();
    vi.advanceTimersByTime(STREAM_STEP_MS);
    const [snapshot, delta] = messages;
    expect(snapshot?.type === "snapshot" && snapshot.status.guests.map(({ name }) => name)).not.toContain(
      "new1",
    );
    expect(delta).toMatchObject({
      type: "delta",
      guests: [{ name: "new1" }],
      names: ["web1", "db1", "old1", "new1"],
    });
  });
});
