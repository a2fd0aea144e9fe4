/** Proves in a booted Debian system with a real systemd that the agent, installed by its own command, is confined and can do all that it does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { expectSurvival } from "../testbed/expect-survival.ts";
import { skipReason } from "../testbed/requirements.ts";
import { agentReports, Scene } from "../testbed/scene.ts";
import { enterSystemd, systemdDisk } from "../testbed/systemd.ts";

const PATIENCE_MS = 120_000;
/** The code that is locked is far more than this. */
const LEAST_LOCKED_KIB = 50 * 1024;
const SQUEEZED_BYTES = 220 * MIB;
const UNIT = "ballast-agent.service";
const GROUP = `/sys/fs/cgroup/system.slice/${UNIT}`;
const reason = skipReason();

describe.skipIf(reason !== undefined)(`the agent under a real systemd (${reason ?? "QEMU"})`, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open({
      guests: [{ name: "debian", agent: false, extraArguments: await systemdDisk() }],
      warmUp: async ([guest]) => guest && enterSystemd(guest),
      broker: { budgetMib: 4096, tuning: { holdAfterDemand: "1s", bootProtect: "1s" } },
    });
  });
  afterAll(() => scene?.close());

  const run = (command: string) => scene.guest("debian").run(command, { timeoutMs: PATIENCE_MS });
  const property = async (name: string) => (await run(`systemctl show -p ${name} --value ${UNIT}`)).output;
  const inProc = async (command: string) =>
    (await run(`cd /proc/${await property("MainPID")} && ${command}`)).output;

  it("installs itself, runs, and is heard by the host", async () => {
    const { status, output } = await run("/mnt/agent/ballast-agent install");
    expect({ status, output }).toEqual({
      status: 0,
      output: expect.stringMatching(/ballast-agent runs as process \d+/),
    });
    await agentReports(scene.broker, "debian");
    expect(await property("NRestarts")).toBe("0");
    expect((await run(`journalctl -u ${UNIT} -o cat | grep -E "^(warn|error)"`)).output).toBe("");
  });

  it("is confined as its unit says", async () => {
    expect(await inProc("grep -E '^(Seccomp|NoNewPrivs):' status")).toMatch(/NoNewPrivs:\t1\nSeccomp:\t2/);
    expect(await inProc("grep '^Max core file size' limits")).toMatch(/size +0 +0 /);
    const inUnit = (command: string) => run(`sh -c 'echo $$ >${GROUP}/cgroup.procs; exec ${command}'`);
    expect((await inUnit("head -c 1 /dev/vda >/dev/null")).output).toMatch(/Operation not permitted/);
    expect((await run("head -c 1 /dev/vda >/dev/null")).status).toBe(0);
    expect(await inProc("ls ns/net -l | sed 's/.*-> //'")).not.toBe(
      (await run("ls /proc/1/ns/net -l | sed 's/.*-> //'")).output,
    );
  });

  it("has all that it needs to go on working while the guest starves", async () => {
    expect(await inProc("cat oom_score_adj")).toBe("-999");
    expect(Number(/VmLck:\s+(\d+) kB/.exec(await inProc("cat status"))?.[1])).toBeGreaterThan(
      LEAST_LOCKED_KIB,
    );
    expect(await inProc("cut -d ' ' -f 19 stat")).toBe("-20");
    expect((await run(`cat ${GROUP}/memory.swap.max`)).output).toBe("0");
    expect(await inProc("ls -l fd")).toMatch(/\/proc\/pressure\/memory/);
    expect(await inProc("cat maps")).toContain("/usr/local/bin/ballast-agent.koffi.node");
  });

  it("saves its guest: squeezed, bursting, and not killed", async () => {
    await scene.broker.squeeze("debian", SQUEEZED_BYTES, PATIENCE_MS);
    await expectSurvival(scene.guest("debian"), 200, 100);
    await scene.broker.hold("debian", "auto");
  });

  it("ends and is gone when it is uninstalled", async () => {
    expect((await run("/mnt/agent/ballast-agent uninstall")).status).toBe(0);
    expect((await run(`systemctl is-active ${UNIT}`)).output).toBe("inactive");
    expect((await run("ls /usr/local/bin /etc/udev/rules.d")).output).not.toContain("ballast");
  });
});
