import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { checkEnvironment } from "../../../../host/src/cli/environment/checks.ts";
import type { EnvironmentFinding } from "../../../../host/src/cli/environment/finding.ts";
import { type ConfigResult, parseConfig } from "../../../../host/src/config/parse.ts";
import { changeTokens } from "../../../../host/src/config/tokens/token-store.ts";
import { createKsmReader } from "../../../../host/src/kernel/ksm/reader.ts";
import { startControlServer } from "../../../../host/src/serve/server.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { FakeQemu } from "../../../fakes/fake-qemu.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";
import { TestAuthority } from "../../../fakes/test-authority.ts";

const folder = tempFolder();
const roots = { proc: join(folder, "proc"), sys: join(folder, "sys") };

async function look(text: string, at = roots): Promise<readonly EnvironmentFinding[]> {
  const result: ConfigResult = parseConfig(text, "f");
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return checkEnvironment(result.config, at, async ({ guests }) => ({ entries: guests, problems: [] }));
}

const config = () =>
  `state: ${folder}/new/state\ncontrol: { socket: ${folder}/c.sock }\nguests:\n  static:\n` +
  `    - { name: web, qmp: ${folder}/web.qmp }\n    - { name: off, qmp: ${folder}/off.qmp, agent: ${folder}/file }\n`;

describe("checkEnvironment", () => {
  it("looks at folders, sockets and what the kernel offers", async () => {
    writeFileSync(join(folder, "file"), "");
    const qemu = await FakeQemu.start({ path: join(folder, "web.qmp") });
    expect((await look(config())).map(({ check, level }) => `${check}: ${level}`)).toEqual([
      "state: ok",
      "control socket: ok",
      "qmp of web: ok",
      "agent of web: warn",
      "qmp of off: warn",
      "agent of off: fail",
      "balloon of web: warn",
      "process of web: warn",
      "pressure: warn",
      "KSM: warn",
      "KSM control: ok",
    ]);
    await qemu.close();
  });

  it("says nothing of a guest's process that is found", async () => {
    const qemu = await FakeQemu.start({ path: join(folder, "web.qmp") });
    const checks = (await look(config(), { ...roots, proc: "/proc" })).map(({ check }) => check);
    expect(checks).toContain("balloon of web");
    expect(checks).not.toContain("process of web");
    await qemu.close();
  });

  it("sees pressure figures, KSM and ksmtuned where they are", async () => {
    for (const path of ["proc/pressure", "proc/1", "proc/42", "sys/kernel/mm/ksm"]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    writeFileSync(join(roots.proc, "pressure/memory"), "some avg10=0.00\n");
    writeFileSync(join(roots.proc, "42/comm"), "ksmtuned\n");
    writeFileSync(join(roots.sys, "kernel/mm/ksm/run"), "1\n");
    expect((await look(config())).slice(-3)).toEqual([
      { check: "pressure", level: "ok", text: "memory pressure (PSI) is available" },
      { check: "KSM", level: "ok", text: "running" },
      {
        check: "KSM control",
        level: "ok",
        text: "ksmtuned (process 42) holds it; systemctl disable --now ksmtuned",
      },
    ]);
    expect((await look(`${config()}ksm: { mode: advisor }\n`)).slice(-2)).toMatchObject([
      { level: "warn", text: expect.stringContaining("no advisor") },
      {
        level: "warn",
        text: "ksmtuned (process 42) holds it; systemctl disable --now ksmtuned; until then ksm.mode advisor changes nothing",
      },
    ]);
  });

  it("finds the same other programs on KSM as the broker does", async () => {
    rmSync(roots.proc, { recursive: true, force: true });
    mkdirSync(roots.proc, { recursive: true });
    const reader = createKsmReader({
      ...{ folder: join(roots.sys, "kernel/mm/ksm"), procRoot: roots.proc, pageBytes: 4096 },
      cgroupRoot: join(roots.sys, "fs/cgroup"),
    });
    const told = async () =>
      (await look(config())).find(({ check }) => check === "KSM control")?.text ?? "nothing";
    expect(await reader.rival()).toBeUndefined();
    expect(await told()).toBe("no other program controls KSM");
    const unit = join(roots.sys, "fs/cgroup/system.slice/ksmtuned.service");
    mkdirSync(unit, { recursive: true });
    writeFileSync(join(unit, "cgroup.procs"), "77\n");
    expect(await told()).toBe(await reader.rival());
    mkdirSync(join(roots.proc, "43"), { recursive: true });
    writeFileSync(join(roots.proc, "43/comm"), "momd\n");
    expect(await told()).toBe(await reader.rival());
  });

  it("fails where a folder cannot be", async () => {
    writeFileSync(join(folder, "plain"), "");
    const findings = await look(`state: ${folder}/plain\ncontrol: { socket: ${folder}/plain/c.sock }\n`);
    expect(findings.slice(0, 3)).toMatchObject([
      { check: "guests", level: "warn", text: expect.stringContaining("none is found") },
      { level: "fail", text: expect.stringContaining("is not a folder") },
      { level: "fail", text: expect.stringContaining("is not a folder") },
    ]);
  });

  it.skipIf(process.getuid?.() === 0)("fails where rights are missing", async () => {
    const closed = join(folder, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    expect((await look(`state: ${closed}\n`))[1]).toMatchObject({ level: "fail" });
  });

  const balloonOf = async (qemu: FakeQemu) => {
    const guests = `guests: { static: [{ name: web, qmp: ${qemu.path} }] }\n`;
    const findings = await look(`control: { socket: ${folder}/c.sock }\n${guests}`);
    return findings.find(({ check }) => check === "balloon of web");
  };

  it("recommends deflate-on-oom where the balloon lacks it, and changes nothing", async () => {
    const qemu = await FakeQemu.start({ path: join(folder, "a.qmp") });
    expect(await balloonOf(qemu)).toMatchObject({
      level: "warn",
      text: expect.stringContaining("deflate-on-oom=on"),
    });
    qemu.machine.addObject("/machine/peripheral/balloon0", "virtio-balloon-pci", { "deflate-on-oom": true });
    expect(await balloonOf(qemu)).toMatchObject({ level: "ok" });
    const asked = new Set(qemu.commands.map(({ name }) => name));
    expect([...asked].sort()).toEqual(["qmp_capabilities", "qom-get", "qom-list"]);
    await vi.waitFor(() => expect(qemu.clientCount).toBe(0));
    await qemu.close();
  });

  it("fails on a guest without balloon and on what speaks no QMP, and warns of a busy monitor", async () => {
    const bare = await FakeQemu.start({ path: join(folder, "b.qmp"), balloonDevice: false });
    expect(await balloonOf(bare)).toMatchObject({
      level: "fail",
      text: expect.stringContaining("no balloon"),
    });
    await bare.close();
    const nonsense = await FakeQemu.start({ path: join(folder, "n.qmp"), mode: "nonsense" });
    expect(await balloonOf(nonsense)).toMatchObject({ level: "fail" });
    await nonsense.close();
    const busy = await FakeQemu.start({ path: join(folder, "y.qmp"), mode: "busy" });
    expect(await balloonOf(busy)).toMatchObject({
      level: "warn",
      text: expect.stringContaining("another program"),
    });
    await busy.close();
  });

  it("leaves the monitors alone while a broker runs", async () => {
    const qemu = await FakeQemu.start({ path: join(folder, "r.qmp") });
    const socketPath = join(folder, "c.sock");
    const broker = await startControlServer({ socketPath, view: new FakeBrokerView(), log: keepingLog() });
    expect(await balloonOf(qemu)).toBeUndefined();
    expect(qemu.commands).toEqual([]);
    await broker.close();
    await qemu.close();
  });
});

describe("agents over WebSocket", () => {
  const authority = new TestAuthority(folder);
  const tokensPath = join(folder, "tokens.yaml");
  const findingsOf = async (tls: string, listen = "0.0.0.0:7781") => {
    const text = `agents: { websocket: { listen: "${listen}", tokens: ${tokensPath}${tls} } }\n${config()}`;
    const findings = await look(text);
    return Object.fromEntries(findings.map(({ check, ...finding }) => [check, finding]));
  };
  const tlsOf = (cert: string, key: string) => `, tls: { cert: "${cert}", key: "${key}" }`;

  it("are let in with a certificate, its key and a token", async () => {
    const { certPath, keyPath } = authority.issue("good", "DNS:x", 90);
    await changeTokens(tokensPath, () => [{ guest: "web", sha256: "ab".repeat(32) }]);
    expect(await findingsOf(tlsOf(certPath, keyPath))).toMatchObject({
      "certificate for agents": { level: "ok", text: expect.stringContaining("is valid until") },
      "tokens of agents": { level: "ok", text: `${tokensPath} has 1 for 1 of the guests` },
      "agent of web": { level: "ok", text: expect.stringContaining("over WebSocket, if it has a token") },
    });
  });

  it.each([
    ["that expires soon", () => authority.issue("soon", "DNS:x", 5), "warn", /is valid until/],
    [
      "that has expired",
      () => authority.issue("late", "DNS:x", -1),
      "fail",
      /expired on .*: renew it, then SIGHUP/,
    ],
    [
      "with another one's key",
      () => ({ ...authority.issue("one"), keyPath: authority.issue("two").keyPath }),
      "fail",
      /two\.key is not the key of .*one\.pem/,
    ],
    ["that is not there", () => ({ certPath: "/nowhere/c", keyPath: "/nowhere/k" }), "fail", /ENOENT/],
  ] as const)("are told of a certificate %s", async (_, issue, level, text) => {
    const { certPath, keyPath } = issue();
    const found = (await findingsOf(tlsOf(certPath, keyPath)))["certificate for agents"];
    expect(found).toMatchObject({ level, text: expect.stringMatching(text) });
  });

  it("have a warning for a key that others can read, and for missing tokens", async () => {
    const { certPath, keyPath } = authority.issue("open", "DNS:x", 90);
    chmodSync(keyPath, 0o644);
    const open = (await findingsOf(tlsOf(certPath, keyPath)))["certificate for agents"];
    expect(open).toMatchObject({ level: "warn", text: `${keyPath} can be read by other users: chmod 600` });
    const none = (await findingsOf("", "127.0.0.1:7781"))["certificate for agents"];
    expect(none).toMatchObject({ level: "warn", text: expect.stringContaining("can be read on the way") });
  });

  it("have findings for tokens that admit no agent, or unknown guests, or that others could change", async () => {
    const tokens = async () => (await findingsOf("", "127.0.0.1:7781"))["tokens of agents"];
    await changeTokens(tokensPath, () => []);
    expect(await tokens()).toMatchObject({ level: "warn", text: expect.stringContaining("issue one with") });
    await changeTokens(tokensPath, () => [{ guest: "gone", sha256: "ab".repeat(32) }]);
    expect(await tokens()).toMatchObject({
      level: "warn",
      text: expect.stringMatching(/not configured: gone$/),
    });
    chmodSync(tokensPath, 0o666);
    expect(await tokens()).toMatchObject({ level: "fail", text: expect.stringContaining("chmod 600") });
  });
});

describe("changes over control.http", () => {
  const path = join(folder, "control.token");
  const finding = async (http: string) => {
    const text = `control: { http: ${http}, token: ${path} }\nstate: ${folder}/new/state`;
    return (await look(text)).find(({ check }) => check === "tokens of control.http");
  };

  it("have a finding for tokens that cannot be used, or are of no use", async () => {
    expect(await finding("127.0.0.1:7780")).toMatchObject({
      level: "fail",
      text: expect.stringContaining("is not there"),
    });
    writeFileSync(path, "t".repeat(64), { mode: 0o644 });
    expect(await finding("127.0.0.1:7780")).toMatchObject({ level: "fail" });
    chmodSync(path, 0o600);
    expect(await finding("127.0.0.1:7780")).toMatchObject({ level: "ok", text: `${path} has 1` });
    expect(await finding("null")).toMatchObject({ level: "warn" });
    expect((await look(config())).map(({ check }) => check)).not.toContain("tokens of control.http");
  });
});
