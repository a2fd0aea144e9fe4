/** What each command prints with `--json` is what `ballast schema` promises. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { libvirtSetupJson } from "../../../../host/src/cli/commands/setup-libvirt.ts";
import { everyCommand } from "../../../../host/src/cli/describe.ts";
import { setupJson } from "../../../../host/src/cli/format/setup.ts";
import { describeCommandLine, run } from "../../../../host/src/cli/program.ts";
import { outputSchema, SCHEMA_COMMANDS } from "../../../../host/src/cli/schema/schemas.ts";
import { advise } from "../../../../host/src/fleet/advise.ts";
import { HistoryRecorder } from "../../../../host/src/history/recorder.ts";
import { HistoryStore } from "../../../../host/src/history/store.ts";
import { withAgentPort } from "../../../../host/src/libvirt/setup.ts";
import { GIB } from "../../../../host/src/model/bytes.ts";
import type { HostSummary } from "../../../../host/src/model/fleet.ts";
import { planSetup } from "../../../../host/src/proxmox/setup-plan.ts";
import { type ControlServer, startControlServer } from "../../../../host/src/serve/server.ts";
import { FakeBrokerView, STATUS } from "../../../fakes/fake-control-service.ts";
import { aGuestPoint, aSample } from "../../../fakes/history-samples.ts";
import { keepingTerminal } from "../../../fakes/keeping-terminal.ts";
import { outputErrors } from "../../../fakes/output-check.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";

const folder = tempFolder();
const socketPath = join(folder, "control.sock");
const config = join(folder, "ballastd.yaml");
const view = new FakeBrokerView();
const move = { atMs: Date.now(), toBytes: GIB, reason: "demand" } as const;
const path = join(folder, "history.db");
const history = new HistoryRecorder({
  ...{ path, mostBytes: GIB, wallMs: Date.now, note: () => {} },
  source: { status: () => STATUS, moves: () => [move], hotCaches: () => [] },
});
/** Before the minutes are written, so that they hold it whenever its test comes. */
const startedAt = clockNow();
let server: ControlServer;

beforeAll(async () => {
  mkdirSync(join(folder, "state"));
  writeFileSync(config, `state: "${join(folder, "state")}"\n`);
  writeFileSync(join(folder, "bad.yaml"), "mode: atc\n");
  writeMinutes();
  history.record();
  server = await startControlServer({ socketPath, view, log: keepingLog(), history });
  view.emit("first", "web1");
});
afterAll(async () => {
  await server.close();
  history.stop();
});

/** The last minutes, so that any moment of now has a step. */
function writeMinutes(): void {
  const store = new HistoryStore(path, GIB);
  const nowMs = Date.now();
  for (let step = 30; step >= 1; step--)
    store.write({ ...aSample(step), atMs: nowMs - step * 10_000, guests: [aGuestPoint({ freeBytes: GIB })] });
  store.close();
}

async function printed(...args: string[]): Promise<string> {
  const { terminal, lines } = keepingTerminal();
  await run([...args, "--socket", socketPath], {
    ...{ terminal, socketPath, signal: AbortSignal.timeout(60_000), roots: { proc: "/proc", sys: "/sys" } },
    findGuests: async () => ({ entries: [], problems: [] }),
    repairKsm: async () => ({ text: "as it is", run: 0, savedBytes: 0 }),
  });
  return lines.out;
}

const FILES = ["--config", config, "--tokens", join(folder, "tokens.yaml")];
/** By the command that has the schema. */
const RUNS: readonly (readonly [command: string, ...args: string[]])[] = [
  ["status", "status"],
  ["explain", "explain", "web1"],
  ["explain", "explain", "web1", "--at", "now"],
  ["info", "info", "web1"],
  ["top", "top", "--at", "now"],
  ["balloon", "balloon", "web1", "1GiB"],
  ["act", "act", "web1"],
  ["observe", "observe", "--all"],
  ["follow", "follow", "web1"],
  ["history", "history", "web1"],
  ["report", "report"],
  ["events", "events"],
  ["ksm", "ksm"],
  ["ksm", "ksm", "off"],
  ["check", "check", config],
  ["check", "check", join(folder, "bad.yaml")],
  ["simulate", "simulate"],
  ["simulate", "simulate", "rolling-reboot", "--controller", "static-split"],
  ["agent token", "agent", "token", "web1", ...FILES],
  ["agent tokens", "agent", "tokens", ...FILES],
  ["agent revoke", "agent", "revoke", "web1", ...FILES],
  ["setup qemu", "setup", "qemu"],
];

describe("what commands print with --json", () => {
  it.each(RUNS)("is what its schema says: %s", async (command, ...args) => {
    const words = args.map((word) => (word === "now" ? startedAt : word));
    const out = await printed(...words, "--json");
    const values = command === "events" ? out.trim().split("\n") : [out];
    for (const value of values) expect(outputErrors(command, JSON.parse(value))).toEqual([]);
  });
});

describe("the schemas", () => {
  it("are there for every command that takes --json, and for no other", () => {
    const withJson = everyCommand(describeCommandLine())
      .filter(({ options }) => options.some(({ names }) => names.includes("--json")))
      .map(({ path }) => path.slice(1).join(" "));
    // It inherits the option.
    expect([...withJson, "fleet advise"].toSorted()).toEqual(SCHEMA_COMMANDS.toSorted());
    expect(outputSchema("completion")).toBeUndefined();
  });

  it("are printed, and a wrong word is a usage error", async () => {
    expect(JSON.parse(await printed("schema", "agent", "tokens"))).toEqual(outputSchema("agent tokens"));
    expect(await printed("schema", "fleed")).toBe("");
  });

  it("hold for what a fleet tells and advises", () => {
    const guests = [{ name: "web1", floorBytes: GIB, maxBytes: 2 * GIB, isPinned: false }];
    const common = { atMs: 1, version: "1", mode: "act", regime: "tight", guestCount: 1, guests } as const;
    const figures = { budgetBytes: GIB, chargedBytes: GIB, lendableBytes: 0 };
    const hosts: HostSummary[] = [
      { host: "a", ...common, ...figures, freeBytes: 0, owedBytes: GIB, shortForMs: 90_000 },
      { host: "b", ...common, ...figures, freeBytes: 9 * GIB, owedBytes: 0 },
      { host: "c", ...common, lendableBytes: 0, owedBytes: 64 * GIB, shortForMs: 90_000, guests: [] },
    ];
    const advice = advise(hosts, 1);
    expect([advice.moves.length, advice.unhelped.length]).toEqual([1, 1]);
    expect(outputErrors("fleet", { hosts })).toEqual([]);
    expect(outputErrors("fleet advise", advice)).toEqual([]);
  });

  it("hold for what the setup of a guest says", () => {
    const situation = {
      vmid: 102,
      configText: "name: web\nmemory: 2048\nballoon: 512\nshares: 2000\n",
      deflateOnOom: true,
    };
    const plan = planSetup(situation);
    expect(plan.carriedShares).toBe(2000);
    const shown = { plan, direction: "set-up", configPath: config } as const;
    expect(outputErrors("setup proxmox", json(setupJson(shown, false)))).toEqual([]);
    const edit = withAgentPort("<domain><devices></devices></domain>");
    const found = { name: "web1", edit, isRunning: true, config };
    expect(outputErrors("setup libvirt", json(libvirtSetupJson(found)))).toEqual([]);
  });
});

function json(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** `HH:MM` in local time. */
function clockNow(): string {
  const at = new Date();
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}
