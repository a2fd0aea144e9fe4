import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { checkEnvironment } from "../../../../host/src/cli/environment/checks.ts";
import type { Finding } from "../../../../host/src/cli/environment/finding.ts";
import { type ConfigResult, parseConfig } from "../../../../host/src/config/parse.ts";
import { tempFolder } from "../../../fakes/temp-folder.ts";

const folder = tempFolder();
const roots = { proc: join(folder, "proc"), sys: join(folder, "sys") };

beforeAll(() => {
  const server = createServer().listen(join(folder, "web.qmp"));
  return () => server.close();
});

async function look(text: string, at = roots): Promise<readonly Finding[]> {
  const result: ConfigResult = parseConfig(text, "f");
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return checkEnvironment(result.config, at);
}

const config = () =>
  `state: ${folder}/new/state\ncontrol: { socket: ${folder}/c.sock }\nguests:\n  static:\n` +
  `    - { name: web, qmp: ${folder}/web.qmp }\n    - { name: off, qmp: ${folder}/off.qmp, agent: ${folder}/file }\n`;

describe("checkEnvironment", () => {
  it("looks at folders, sockets and what the kernel offers", async () => {
    writeFileSync(join(folder, "file"), "");
    expect((await look(config())).map(({ check, level }) => `${check}: ${level}`)).toEqual([
      "state: ok",
      "control socket: ok",
      "qmp of web: ok",
      "agent of web: warn",
      "qmp of off: warn",
      "agent of off: fail",
      "pressure: warn",
      "KSM: warn",
      "ksmtuned: ok",
    ]);
  });

  it("sees pressure figures, KSM and ksmtuned where they are", async () => {
    for (const path of ["proc/pressure", "proc/1", "proc/42", "sys/kernel/mm/ksm"]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    writeFileSync(join(roots.proc, "pressure/memory"), "some avg10=0.00\n");
    writeFileSync(join(roots.proc, "42/comm"), "ksmtuned\n");
    writeFileSync(join(roots.sys, "kernel/mm/ksm/run"), "1\n");
    expect((await look(config())).slice(-3)).toEqual([
      { check: "pressure", level: "ok", text: "the kernel tells memory pressure" },
      { check: "KSM", level: "ok", text: "runs" },
      { check: "ksmtuned", level: "ok", text: "runs; KSM stays in its hands" },
    ]);
  });

  it("fails where a folder cannot be", async () => {
    writeFileSync(join(folder, "plain"), "");
    const findings = await look(`state: ${folder}/plain\ncontrol: { socket: ${folder}/plain/c.sock }\n`);
    expect(findings.slice(0, 2)).toMatchObject([
      { level: "fail", text: expect.stringContaining("is no folder") },
      { level: "fail", text: expect.stringContaining("is no folder") },
    ]);
  });

  it.skipIf(process.getuid?.() === 0)("fails where rights are missing", async () => {
    const closed = join(folder, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    expect((await look(`state: ${closed}\n`))[0]).toMatchObject({ level: "fail" });
  });
});
