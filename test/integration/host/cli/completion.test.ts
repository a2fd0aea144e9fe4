/** The completions in the real shells, with the guests of a broker on a real socket. */
import { execFile, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { COMPLETIONS } from "../../../../host/src/cli/completion/completion.ts";
import { describeCommandLine } from "../../../../host/src/cli/program.ts";
import { type ControlServer, startControlServer } from "../../../../host/src/serve/server.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";
import { findProgram } from "../../../testbed/requirements.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };
const CLI = fileURLToPath(new URL("../../../../host/dist/cli/main.js", import.meta.url));
const folder = tempFolder();
const socketPath = join(folder, "control.sock");
const env = { ...process.env, BALLAST_SOCKET: socketPath, PATH: `${folder}:${process.env["PATH"]}` };
const run = promisify(execFile);
let server: ControlServer;

beforeAll(async () => {
  server = await startControlServer({ socketPath, view: new FakeBrokerView(), log: keepingLog() });
  const program = describeCommandLine();
  for (const shell of ["bash", "zsh", "fish"] as const)
    writeFileSync(join(folder, `completion.${shell}`), COMPLETIONS[shell](program));
  writeFileSync(join(folder, "ballast"), `#!/bin/sh\nexec ${process.execPath} ${CLI} "$@"\n`);
  chmodSync(join(folder, "ballast"), 0o755);
});
afterAll(() => server.close());

/** What is typed, and what the shell offers for its last word. */
const CASES = [
  { typed: ["ex"], offered: ["explain"] },
  { typed: ["explain", ""], offered: ["db1", "old1", "web1"] },
  { typed: ["--socket", "x", "explain", "we"], offered: ["web1"] },
  { typed: ["balloon", "web1", ""], offered: ["auto"] },
  { typed: ["events", "--limit", "5", "--fo"], offered: ["--follow"] },
  { typed: ["setup", "qemu", "--machine", "q"], offered: ["q35"] },
  { typed: ["setup", ""], offered: ["libvirt", "proxmox", "qemu"] },
  { typed: ["ksm", "un"], offered: ["unmerge"] },
  { typed: ["agent", "token", "d"], offered: ["db1"] },
  { typed: ["fleet", "advise", "--js"], offered: ["--json"] },
] as const;

describe("completion in bash", () => {
  it.each(CASES)("offers $offered after $typed", async ({ typed, offered }) => {
    const words = ["ballast", ...typed].map((word) => `'${word}'`).join(" ");
    const script = `source ${folder}/completion.bash; COMP_WORDS=(${words}); COMP_CWORD=${typed.length}; _ballast; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run("bash", ["--norc", "-c", script], { env });
    expect(stdout.trim().split("\n").toSorted()).toEqual(offered);
  });
});

describe.skipIf(findProgram("fish") === undefined)("completion in fish", () => {
  it.each(CASES)("offers $offered after $typed", async ({ typed, offered }) => {
    const line = ["ballast", ...typed].join(" ");
    const script = `source ${folder}/completion.fish; complete -C '${line}'`;
    const { stdout } = await run("fish", ["--no-config", "-c", script], { env });
    const words = stdout
      .trim()
      .split("\n")
      .map((each) => each.split("\t")[0]);
    expect(words.toSorted()).toEqual(offered);
  });
});

describe.skipIf([findProgram("zsh"), findProgram("script")].includes(undefined))("completion in zsh", () => {
  it.each(CASES)("offers $offered after $typed", async ({ typed, offered }) => {
    const functions = join(folder, "zsh");
    mkdirSync(functions, { recursive: true });
    writeFileSync(join(functions, "_ballast"), readFileSync(join(folder, "completion.zsh")));
    const zsh = spawn("script", ["-qec", "stty cols 200; zsh -f -i", "/dev/null"], {
      env: { ...env, TERM: "dumb" },
    });
    onTestFinished(() => void zsh.kill("SIGKILL"));
    let seen = "";
    zsh.stdout.on("data", (part) => {
      seen += String(part);
    });
    zsh.stdin.write(
      `fpath=(${functions} $fpath); autoload -Uz compinit; compinit -u -D; unsetopt list_beep; PS1='ready''> '\n`,
    );
    await vi.waitUntil(() => seen.includes("ready> "), PATIENCE);
    seen = "";
    // Ctrl-D lists what there is and changes nothing; one word alone is completed by a tab.
    zsh.stdin.write(`ballast ${typed.join(" ")}${offered.length > 1 ? "\u0004" : "\t"}`);
    for (const word of offered)
      await vi.waitUntil(() => seen.slice(seen.indexOf(typed.at(-1) ?? "")).includes(word), PATIENCE);
  });
});

describe("the guests' names for a completion", () => {
  it("are none, and no message, where no broker answers", async () => {
    const away = { ...env, BALLAST_SOCKET: join(folder, "none.sock") };
    expect(await run(process.execPath, [CLI, "guest-names"], { env: away })).toEqual({
      stdout: "",
      stderr: "",
    });
  });

  it("are had without loading the rest of the command line", async () => {
    const hooks = `import{registerHooks}from"node:module";registerHooks({load(url,context,next){if(url.includes("/commander/"))console.error(url);return next(url,context)}})`;
    const watched = ["--import", `data:text/javascript,${encodeURIComponent(hooks)}`, CLI];
    expect(await run(process.execPath, [...watched, "guest-names"], { env })).toEqual({
      stdout: "web1\ndb1\nold1\n",
      stderr: "",
    });
    expect((await run(process.execPath, [...watched, "--version"], { env })).stderr).toContain("/commander/");
  });
});
