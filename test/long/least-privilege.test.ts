/** The packaged broker as root with the unit's capabilities, as a user of its own with them, and without any: what works, and what leaks. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildProgram } from "../../guest/packaging/executable.ts";
import { targetOf } from "../../guest/packaging/targets.ts";
import { HOST_PROGRAMS } from "../../host/packaging/program.ts";
import { changeTokens } from "../../host/src/config/tokens/token-store.ts";
import type { KsmStatus } from "../../host/src/model/ksm-status.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { FakeQemu } from "../fakes/fake-qemu.ts";
import { FakeWebSocketAgent } from "../fakes/fake-websocket-agent.ts";
import { LivelyAgent } from "../fakes/lively-agent.ts";
import { socketFolder } from "../fakes/socket-folder.ts";
import { TestBroker } from "../testbed/broker.ts";
import { freePort } from "../testbed/free-port.ts";
import { asUser, type OtherUser, unitCapabilities } from "../testbed/other-user.ts";

const MIB = 1024 * 1024;
const PATIENCE_MS = 60_000;
const PACKAGING_MS = 600_000;
const KSM_TREE = fileURLToPath(new URL("../fixtures/ksm/6.18/sys", import.meta.url));
/** Of nobody on this machine. */
const [BROKER, STRANGER, BALLAST_GROUP, QEMU_GROUP] = [64_001, 64_002, 64_003, 64_004] as const;
const AGENT_TOKEN = "agent-token-".padEnd(43, "a");
const CONTROL_TOKEN = "control-token-".padEnd(43, "c");
const WRONG_TOKEN = "wrong-token-".padEnd(43, "w");
/** Bits 1 and 19 (linux/capability.h): CAP_DAC_OVERRIDE and CAP_SYS_PTRACE. */
const UNIT_MASK = "80002";
/** Exit code of `ballast` where the broker cannot be reached. */
const NOT_REACHABLE = 3;
const isRoot = process.getuid?.() === 0;

interface Run extends OtherUser {
  readonly title: string;
  /** It can read which process has a monitor, and set KSM's knobs. */
  readonly sees: boolean;
}

const own = { uid: BROKER, gid: BALLAST_GROUP, groups: [QEMU_GROUP] };
const capabilities = unitCapabilities();
const RUNS: readonly Run[] = [
  { title: "root with the unit's capabilities", ...own, uid: 0, groups: [], capabilities, sees: true },
  { title: "a user of its own with the unit's capabilities", ...own, capabilities, sees: true },
  { title: "a user of its own without any", ...own, capabilities: [], sees: false },
];

/** Folder of the programs, which everybody may start. */
let programs: string;
beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), "ballast-programs-"));
  chmodSync(programs, 0o755);
  if (!isRoot) return;
  copyFileSync(await buildProgram(HOST_PROGRAMS, targetOf("linux-x64")), join(programs, "ballast"));
  symlinkSync("ballast", join(programs, "ballastd"));
}, PACKAGING_MS);
afterAll(() => rmSync(programs, { recursive: true, force: true }));

/** A file of the broker's user that no other may read. */
function secretFile(path: string, content: string, { uid, gid }: OtherUser): string {
  writeFileSync(path, content, { mode: 0o600 });
  chownSync(path, uid, gid);
  return path;
}

/** What the package makes: a folder of the broker's group, and a guest whose monitor is of QEMU's group. */
async function place(user: OtherUser) {
  const folder = socketFolder();
  chmodSync(folder, 0o755);
  const [run, vm, ksm] = ["run", "vm", "ksm"].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [run, vm]) mkdirSync(path);
  cpSync(KSM_TREE, ksm, { recursive: true });
  chownSync(run, user.uid, BALLAST_GROUP);
  chmodSync(run, 0o2750);
  chownSync(vm, 0, QEMU_GROUP);
  chmodSync(vm, 0o750);
  const qmpPath = join(vm, "web1.qmp");
  const qemu = await FakeQemu.start({ path: qmpPath });
  onTestFinished(() => qemu.close());
  chownSync(qmpPath, 0, QEMU_GROUP);
  chmodSync(qmpPath, 0o660);
  return { run, ksm, qmpPath, machine: qemu.machine };
}

type Place = Awaited<ReturnType<typeof place>>;

async function startBroker({ run, ksm, qmpPath }: Place, user: OtherUser) {
  const [port, httpPort] = [await freePort(), await freePort()];
  const tokensPath = join(run, "tokens.yaml");
  const sha256 = createHash("sha256").update(AGENT_TOKEN).digest("hex");
  await changeTokens(tokensPath, () => [{ guest: "web1", sha256 }]);
  chownSync(tokensPath, user.uid, user.gid);
  const broker = await TestBroker.start({
    ...{ folder: run, guests: [{ name: "web1", qmpPath }], budgetMib: 364, accounting: "strict" },
    tuning: { bootProtect: "1ms", tick: "100ms" },
    ksm: { mode: "adaptive", folder: ksm, interval: "500ms" },
    websocket: { port, tokensPath },
    http: `127.0.0.1:${httpPort}`,
    controlTokenPath: secretFile(join(run, "control.token"), `${CONTROL_TOKEN}\n`, user),
    within: asUser(user),
    executable: join(programs, "ballastd"),
  });
  onTestFinished(() => broker.stop());
  // An agent of a guest that is not managed yet would be turned away.
  await broker.until("web1", "known", ({ actualBytes }) => actualBytes !== undefined, PATIENCE_MS);
  return { broker, agents: `ws://127.0.0.1:${port}`, api: `http://127.0.0.1:${httpPort}/v1` };
}

async function liveOver(url: string, { machine }: Place): Promise<void> {
  await new LivelyAgent(new FakeWebSocketAgent({ url, token: AGENT_TOKEN }), machine).live();
}

/** What `ballast status` says to such a user. */
function statusFor(user: Omit<OtherUser, "capabilities">, { socketPath }: TestBroker) {
  const [setpriv, ...words] = asUser({ ...user, capabilities: [] });
  return spawnSync(setpriv, [...words, join(programs, "ballast"), "--socket", socketPath, "status"], {
    encoding: "utf8",
  });
}

/** What the broker keeps. */
function filesOf(run: string): string[] {
  return readdirSync(join(run, "state")).map((name) => join(run, "state", name));
}

/** All that the broker wrote, says and shows of itself, but the files that hold the tokens. */
async function traces({ pid, logPath }: TestBroker, { run }: Place, api: string): Promise<string> {
  const shown = ["cmdline", "environ", "comm", "status"].map((name) => `/proc/${pid}/${name}`);
  const texts = [...filesOf(run), ...shown, logPath].map((path) => readFileSync(path, "latin1"));
  const paths = ["status", "events?limit=1000", "guests/web1/info", "metrics"];
  const answers = paths.map(async (path) => (await fetch(`${api}/${path}`)).text());
  return [...texts, ...(await Promise.all(answers))].join("\n");
}

/** The rights that the kernel gives it. */
function rightsOf({ pid }: TestBroker): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, "utf8").matchAll(/^(NoNewPrivs|Cap\w+):\t0*(\w+)$/gm);
  return Object.fromEntries([...lines].map(([, name = "", value = ""]) => [name, value]));
}

describe.skipIf(!isRoot).each(RUNS)("a broker as $title (needs root)", (run) => {
  it("balances a guest whose monitor is of its group, and says where it cannot see what that guest holds", async () => {
    const at = await place(run);
    const { broker, agents } = await startBroker(at, run);
    await liveOver(agents, at);
    const isTaken = ({ actualBytes = Number.POSITIVE_INFINITY }: GuestStatus) => actualBytes <= 300 * MIB;
    await broker.until("web1", "taken from", isTaken, PATIENCE_MS);
    const isToldOf = ({ residentBytes, problem = "" }: GuestStatus) =>
      run.sees ? residentBytes !== undefined : /its QEMU process is not found/.test(problem);
    await broker.until("web1", "told of", isToldOf, PATIENCE_MS);
  });

  it("has no other right, and gives its socket to its group and its files to nobody", async () => {
    const at = await place(run);
    const { broker } = await startBroker(at, run);
    const mask = run.capabilities.length === 0 ? "0" : UNIT_MASK;
    expect(rightsOf(broker)).toMatchObject({ NoNewPrivs: "1", CapPrm: mask, CapEff: mask, CapBnd: mask });
    const { mode, uid, gid } = statSync(broker.socketPath);
    expect([mode & 0o777, uid, gid]).toEqual([0o660, run.uid, BALLAST_GROUP]);
    const member = { uid: STRANGER, gid: STRANGER, groups: [BALLAST_GROUP] };
    expect(statusFor(member, broker)).toMatchObject({ status: 0 });
    expect(statusFor({ ...member, groups: [] }, broker)).toMatchObject({ status: NOT_REACHABLE });
    await broker.hold("web1", 256 * MIB);
    const files = filesOf(at.run);
    expect(files).toEqual(
      expect.arrayContaining(["history.db", "holds.json"].map((name) => join(at.run, "state", name))),
    );
    expect(files.filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([]);
  });

  it("sets KSM's knobs, or says that it may not", async () => {
    const at = await place(run);
    const { broker } = await startBroker(at, run);
    const isDone = ({ problem = "" }: KsmStatus) =>
      run.sees
        ? readFileSync(join(at.ksm, "run"), "utf8") === "0\n"
        : /no permission; run ballastd as root/.test(problem);
    await broker.orderKsm("off");
    await broker.untilKsm("set, or refused", isDone, PATIENCE_MS);
    expect(readFileSync(join(at.ksm, "run"), "utf8")).toBe(run.sees ? "0\n" : "1\n");
  });

  it("leaves no token in log, history, state, answers, title or environment", async () => {
    const at = await place(run);
    const { broker, agents, api } = await startBroker(at, run);
    await liveOver(agents, at);
    await broker.until("web1", "heard", ({ agent }) => agent.connected, PATIENCE_MS);
    expect(await new FakeWebSocketAgent({ url: agents, token: WRONG_TOKEN }).refusal()).toBe(401);
    const holdWith = (token: string) =>
      fetch(`${api}/guests/web1/balloon`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ target: 256 * MIB }),
      });
    expect((await holdWith(WRONG_TOKEN)).status).toBe(401);
    expect((await holdWith(CONTROL_TOKEN)).status).toBe(200);
    await broker.until("web1", "held", ({ state }) => state === "held", PATIENCE_MS);
    const left = await traces(broker, at, api);
    expect(left).toMatch(/SQLite format 3/);
    expect(left).toMatch(/its token is not known/);
    for (const token of [AGENT_TOKEN, CONTROL_TOKEN, WRONG_TOKEN])
      for (const form of [token, Buffer.from(token).toString("base64"), Buffer.from(token).toString("hex")])
        expect(left.includes(form)).toBe(false);
  });
});
