/** A history that was written is read through the control socket, by the commands' own client. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ControlClient } from "../../../../host/src/cli/client/control-client.ts";
import { type CliContext, run } from "../../../../host/src/cli/program.ts";
import { HistoryRecorder } from "../../../../host/src/history/recorder.ts";
import { ReportBuilder } from "../../../../host/src/history/report.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { HistoryReader } from "../../../../host/src/model/history.ts";
import { startControlServer } from "../../../../host/src/serve/server.ts";
import { FakeBrokerView, STATUS } from "../../../fakes/fake-control-service.ts";
import { aGuestPoint, BEGIN_MS, STEP_MS } from "../../../fakes/history-samples.ts";
import { keepingTerminal } from "../../../fakes/keeping-terminal.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";

async function clientOf(history: HistoryReader | undefined): Promise<ControlClient> {
  return new ControlClient(await socketOf(history));
}

async function socketOf(history: HistoryReader | undefined): Promise<string> {
  const socketPath = join(tempFolder(), "control.sock");
  const server = await startControlServer({
    ...{ socketPath, view: new FakeBrokerView(), log: keepingLog() },
    history,
  });
  onTestFinished(() => server.close());
  return socketPath;
}

const NOTHING: HistoryReader = {
  guest: async () => undefined,
  moment: async () => undefined,
  report: async () => new ReportBuilder(() => undefined).report(0, 0),
};
const UNUSED: Pick<CliContext, "roots" | "findGuests" | "repairKsm"> = {
  roots: { proc: "/proc", sys: "/sys" },
  findGuests: async () => ({ entries: [], problems: [] }),
  repairKsm: async () => ({ text: "", run: 0, savedBytes: 0 }),
};

describe("the history over the control socket", () => {
  it("has a guest's points and moves, and the report of all", async () => {
    let atMs = BEGIN_MS;
    const move = { atMs: BEGIN_MS + 1, toBytes: GIB, reason: "demand" } as const;
    const recorder = new HistoryRecorder({
      ...{ path: join(tempFolder(), "history.db"), mostBytes: GIB, note: () => {}, wallMs: () => atMs },
      source: { status: () => STATUS, moves: (name) => (name === "web1" ? [move] : []), hotCaches: () => [] },
    });
    onTestFinished(() => recorder.stop());
    for (let i = 0; i < 250; i++) {
      recorder.record();
      atMs += STEP_MS;
    }
    const client = await clientOf(recorder);
    const history = await client.history("web1", BEGIN_MS, atMs);
    expect(history.points).toHaveLength(250);
    expect(history.points[0]).toMatchObject({ atMs: BEGIN_MS, actualBytes: 768 * MIB, reason: "demand" });
    expect(history.moves).toEqual([{ name: "web1", ...move }]);
    expect(await client.moment(BEGIN_MS + 7 * STEP_MS + 3)).toMatchObject({
      ...{ atMs: BEGIN_MS + 7 * STEP_MS, stepMs: STEP_MS },
      guests: [{ name: "web1", actualBytes: 768 * MIB }, { name: "db1" }, { name: "old1" }],
    });
    await expect(client.moment(BEGIN_MS - 1)).rejects.toThrow("nothing is remembered of that moment");
    const report = await client.report(BEGIN_MS, atMs);
    expect(report).toMatchObject({ measuredMs: 250 * STEP_MS, meanLendableBytes: (2048 - 860) * MIB });
    expect(report.guests.map(({ name }) => name)).toEqual(["web1", "db1", "old1"]);
    await expect(client.history("nobody", 0, 1)).rejects.toThrow('the history has no guest "nobody"');
  });

  it("is empty of a guest that came since the last sample", async () => {
    const history = await (await clientOf(NOTHING)).history("web1", 0, 1);
    expect(history).toEqual({ name: "web1", points: [], moves: [] });
  });

  it("is what top shows of a moment of the past", async () => {
    const step = { atMs: BEGIN_MS, stepMs: STEP_MS, host: {}, guests: [aGuestPoint()] };
    const socketPath = await socketOf({ ...NOTHING, moment: async () => step });
    const ballast = async (...args: readonly string[]) => {
      const { terminal, lines } = keepingTerminal();
      const world = { terminal, socketPath, signal: new AbortController().signal, ...UNUSED };
      return { code: await run(args, world), ...lines };
    };
    const { code, out } = await ballast("top", "--at", "03:12");
    expect({ code, rows: out.match(/^web1 .* steady$/gm) }).toMatchObject({
      code: 0,
      rows: [expect.any(String)],
    });
    expect(JSON.parse((await ballast("top", "--at", "03:12", "--json")).out)).toEqual(step);
    expect(await ballast("top", "--json")).toMatchObject({ code: 2, err: expect.stringContaining("--at") });
  });

  it("is refused in words where none is kept or none can be read", async () => {
    await expect((await clientOf(undefined)).report(0, 1)).rejects.toThrow(/history\.enabled: false/);
    const file = join(tempFolder(), "file");
    writeFileSync(file, "");
    const recorder = new HistoryRecorder({
      ...{ path: join(file, "history.db"), mostBytes: GIB, note: () => {}, wallMs: () => BEGIN_MS },
      source: { status: () => STATUS, moves: () => [], hotCaches: () => [] },
    });
    recorder.record();
    await expect((await clientOf(recorder)).history("web1", 0, 1)).rejects.toThrow(
      /there is no history to read/,
    );
  });
});
