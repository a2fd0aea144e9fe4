/** One full session of each packaged Linux executable with the broker's own code at the other end. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { agentVersion } from "../../../guest/packaging/bundle.ts";
import { buildExecutable } from "../../../guest/packaging/executable.ts";
import { targetOf } from "../../../guest/packaging/targets.ts";
import { createAgentChannel } from "../../../host/src/agents/virtio-channel.ts";
import type { GuestDemand, GuestReport } from "../../../host/src/model/guest.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { relay } from "../../fakes/socket-relay.ts";
import { ARM64_REQUIREMENTS, missing } from "../../testbed/requirements.ts";

const MIB = 1024 * 1024;
/** Fetching Node for another processor may be part of it. */
const PACKAGING_MS = 300_000;
const PATIENCE = { timeout: 60_000, interval: 10 };
const FIXTURE = fileURLToPath(new URL("../../fixtures/proc/6.1-squeezed", import.meta.url));
const EMULATOR = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"];
const lacking = missing(ARM64_REQUIREMENTS);

const MACHINES = [
  { target: "linux-x64", emulator: [], isMissing: false },
  { target: "linux-arm64", emulator: EMULATOR, isMissing: lacking.length > 0 },
];

describe.each(MACHINES)("the agent for $target", ({ target, emulator, isMissing }) => {
  let program: string;

  beforeAll(async () => {
    if (!isMissing) program = await buildExecutable(targetOf(target));
  }, PACKAGING_MS);

  it.skipIf(isMissing)(
    "is welcomed by the broker, reports, demands memory and says goodbye",
    async () => {
      const root = socketFolder();
      cpSync(FIXTURE, root, { recursive: true });
      const paths = { guest: join(root, "guest.sock"), host: join(root, "host.sock") };
      await relay(paths.guest, paths.host);
      const broker = listen(paths.host);
      const agent = start([...emulator, program], root, paths.guest);
      await vi.waitUntil(() => broker.reports.length > 0, PATIENCE);
      expect(broker.channel.facts()).toMatchObject({
        connected: true,
        version: agentVersion(),
        osFamily: "linux",
      });
      expect(broker.reports[0]).toMatchObject({ totalBytes: 160784 * 1024, balloonBytes: 312 * MIB });
      makeScarce(root);
      await vi.waitUntil(() => broker.demands.length > 0, PATIENCE);
      expect(broker.demands[0]).toMatchObject({ availableBytes: 16 * MIB });
      await vi.waitUntil(() => agent.output.includes("demanded"), PATIENCE);
      agent.child.kill("SIGTERM");
      expect(await agent.ended).toBe(0);
      await vi.waitUntil(() => broker.lines.some((line) => /goodbye|shutdown/.test(line)), PATIENCE);
    },
    PACKAGING_MS,
  );
});

/** The broker's end of the channel, refusing every demand: the agent must live with that. */
function listen(path: string) {
  const silent = () => {};
  const heard = { lines: [] as string[], reports: [] as GuestReport[], demands: [] as GuestDemand[] };
  const channel = createAgentChannel({
    path,
    guestName: "web1",
    clock: { nowMs: () => performance.now(), wallMs: () => 0 },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    tuning: { heartbeatMs: 1000 },
    staleAfterMs: 60_000,
    listener: {
      fullBytes: () => undefined,
      uncountedBytes: () => 0,
      onSizeDoubted: () => {},
      onBoot: () => {},
      onReport: (report) => heard.reports.push(report),
      onDemand: (demand) => {
        heard.demands.push(demand);
        channel.send({
          type: "demand-reply",
          demandSequence: demand.sequence,
          answer: { outcome: "refused", grantedBytes: 0, targetBytes: 0, reason: "demand" },
        });
      },
      onSession: (_, text) => heard.lines.push(text),
    },
  });
  onTestFinished(() => channel.close());
  return { channel, ...heard };
}

function start(command: readonly string[], root: string, socket: string) {
  const roots = ["--proc", join(root, "proc"), "--sys", join(root, "sys"), "--dev", join(root, "dev")];
  const [program = "", ...words] = [...command, "run", "--channel", `unix:${socket}`, ...roots];
  const child: ChildProcess = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const running = {
    child,
    output: "",
    ended: new Promise<number | null>((resolve) => child.once("exit", resolve)),
  };
  child.stderr?.on("data", (chunk) => {
    running.output += chunk;
  });
  return running;
}

function makeScarce(root: string): void {
  const lines = [`MemTotal: ${157 * 1024} kB`, `MemFree: ${16 * 1024} kB`, `MemAvailable: ${16 * 1024} kB`];
  writeFileSync(
    join(root, "proc/meminfo"),
    `${lines.join("\n")}\nActive(file): 0 kB\nInactive(file): 0 kB\n`,
  );
}
