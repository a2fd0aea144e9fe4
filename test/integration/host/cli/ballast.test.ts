import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { type ControlServer, startControlServer } from "../../../../host/src/serve/server.ts";
import { EXPLANATION, FakeBrokerView, STATUS } from "../../../fakes/fake-control-service.ts";
import { KsmScene } from "../../../fakes/ksm-scene.ts";
import { keepingLog, tempFolder } from "../../../fakes/temp-folder.ts";

const MAIN = fileURLToPath(new URL("../../../../host/dist/cli/main.js", import.meta.url));
const folder = tempFolder();
const socketPath = join(folder, "control.sock");
const view = new FakeBrokerView();
let server: ControlServer;

beforeAll(async () => {
  server = await startControlServer({ socketPath, view, log: keepingLog() });
  view.emit("first", "web1");
  view.emit("second");
});
afterAll(() => server.close());

function start(args: readonly string[], env: NodeJS.ProcessEnv = { BALLAST_SOCKET: socketPath }) {
  return spawn(process.execPath, [MAIN, ...args], { env: { TZ: "UTC", ...env } });
}

async function finish(child: ChildProcessWithoutNullStreams) {
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { out, err, code };
}

const ballast = (...args: string[]) => finish(start(args));

describe("ballast", () => {
  it("prints the status as a table and as JSON", async () => {
    const shown = await ballast("status");
    expect(shown).toMatchObject({ code: 0, err: "" });
    expect(shown.out).toMatch(/^host tight: budget 12.0 GiB/);
    expect(shown.out).not.toContain("\u001b");
    const json = await ballast("status", "--json");
    expect(JSON.parse(json.out)).toEqual(JSON.parse(JSON.stringify(STATUS)));
  });

  it("explains a guest, and shows its facts without what could steer the terminal", async () => {
    expect((await ballast("explain", "web1")).out).toMatch(/^web1: The guest demanded memory/);
    expect(JSON.parse((await ballast("explain", "web1", "--json")).out)).toEqual(EXPLANATION);
    expect((await ballast("info", "web1")).out).toContain("facts.report.bootId       b?[2J\n");
    expect(JSON.parse((await ballast("info", "web1", "--json")).out)).toHaveProperty("facts.limits");
  });

  it("holds a balloon, for a time, and lets it go", async () => {
    const held = await ballast("balloon", "web1", "1GiB", "--for", "10m");
    expect(held).toEqual({ code: 0, err: "", out: "web1 is held at 1073741824 bytes\n" });
    const free = await ballast("balloon", "web1", "auto", "--json");
    expect(JSON.parse(free.out)).toEqual({ ok: true, text: "web1 is let go" });
    expect(view.manualCalls).toEqual([
      { name: "web1", target: 1073741824, forMs: 600_000 },
      { name: "web1", target: "auto", forMs: undefined },
    ]);
  });

  it("switches one guest or all between observe and act", async () => {
    expect(await ballast("act", "web1")).toEqual({ code: 0, err: "", out: "web1: act\n" });
    expect(JSON.parse((await ballast("observe", "--all", "--json")).out)).toMatchObject({ ok: true });
    expect((await ballast("follow", "web1")).out).toBe("web1: config\n");
    expect(view.modeCalls).toEqual([
      { mode: "act", name: "web1" },
      { mode: "observe", name: undefined },
      { mode: "config", name: "web1" },
    ]);
    for (const wrong of [["act"], ["observe", "web1", "--all"], ["follow"]])
      expect(await ballast(...wrong)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/name one guest/),
      });
  });

  it("tells what guests share, and gives orders about it", async () => {
    expect((await ballast("ksm")).out).toMatch(/^KSM scans and saves 175.0 MiB \(mode observe/);
    expect(JSON.parse((await ballast("ksm", "status", "--json")).out)).toMatchObject({
      ksm: { mode: "observe", run: 1, pagesSharing: 45_000, savedBytes: 175 * MIB },
      guests: [{ name: "web1" }, { name: "db1" }, { name: "old1" }],
    });
    expect(await ballast("ksm", "off")).toEqual({ code: 0, err: "", out: "KSM is off\n" });
    expect(await ballast("ksm", "unmerge")).toMatchObject({
      code: 1,
      err: "ballast: unmerging 175 MiB needs 210 MiB: nothing is done\n",
    });
  });

  it("shows how far taking apart is until it is over, and fails when that does", async () => {
    const step = (state: "running" | "done" | "stopped", leftBytes: number, text: string) => ({
      ...{ state, startBytes: 200 * MIB, leftBytes, text },
    });
    view.unmergeSteps = [
      step("running", 200 * MIB, ""),
      step("running", 50 * MIB, ""),
      step("done", 0, "apart"),
    ];
    expect(await ballast("ksm", "unmerge")).toEqual({
      ...{ code: 0, err: "" },
      out: "KSM is unmerge\n0 %: 200.0 MiB of 200.0 MiB are left\n75 %: 50.0 MiB of 200.0 MiB are left\napart\n",
    });
    view.unmergeSteps = [step("stopped", 50 * MIB, "given up as memory ran short")];
    expect(await ballast("ksm", "unmerge", "--json")).toMatchObject({
      ...{ code: 1, err: "ballast: given up as memory ran short\n" },
    });
    view.unmergeSteps = [];
  });

  it("looks at the kernel itself where no broker answers, and puts right what one left behind", async () => {
    const scene = new KsmScene(join(folder, "ksm"));
    const state = join(scene.root, "state");
    const config = join(scene.root, "ballastd.yaml");
    writeFileSync(config, `ksm: { folder: "${scene.root}/sys" }\nstate: "${state}"\n`);
    await scene.leftBehind();
    scene.sameBoot();
    const env = { BALLAST_SOCKET: join(folder, "nobody.sock"), BALLAST_CONFIG: config };
    const first = await finish(start(["ksm"], env));
    expect(first).toMatchObject({ code: 3, err: expect.stringContaining("no ballastd answers") });
    expect(first.out).toBe(
      "KSM scans and saves 175.9 MiB: the last broker crashed; KSM's knobs are put back as it found them\n",
    );
    expect(scene.knobs).toBe("1 1250 20");
    expect((await finish(start(["ksm"], env))).out).toContain("as it is, no broker has changed it");
  });

  it("takes the broker's no for a failure", async () => {
    expect(await ballast("balloon", "old1", "1GiB")).toEqual({
      code: 1,
      out: "",
      err: "ballast: old1 cannot be reached\n",
    });
    const unknown = await ballast("explain", "nobody");
    expect(unknown).toEqual({
      code: 1,
      out: "",
      err: 'ballast: there is no guest "nobody": ballast status lists them\n',
    });
  });

  it("exits with 2 on a wrong word, and suggests the right one", async () => {
    expect(await ballast("stauts")).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("Did you mean status"),
    });
  });

  it("prints help and version", async () => {
    expect(await ballast("--version")).toEqual({ code: 0, out: "0.1.0\n", err: "" });
    expect((await ballast("--help")).code).toBe(0);
  });

  it("prints events, also one JSON object a line", async () => {
    const shown = await ballast("events", "--limit", "1");
    expect(shown.out).toBe("2025-01-02 03:04:02  info   -             second\n");
    const lines = (await ballast("events", "--json")).out.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).text)).toEqual(["first", "second"]);
  });

  it("follows events until Ctrl-C, and leaves with 0", async () => {
    const child = start(["events", "--follow"]);
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
    });
    await vi.waitFor(() => expect(out).toContain("second"), 10_000);
    view.emit("while following");
    await vi.waitFor(() => expect(out).toContain("while following"), 10_000);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

describe("ballast without a broker", () => {
  const without = (path: string, ...args: string[]) => finish(start(["--socket", path, ...args], {}));

  it("leaves with 3 and says what to do", async () => {
    const { code, out, err } = await without(join(folder, "none.sock"), "status");
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toMatch(
      /^ballast: no ballastd answers on .*none.sock: there is no such socket; start it \(systemctl start ballastd\)/,
    );
  });

  it("tells a socket without a broker from a file that is not a socket", async () => {
    writeFileSync(join(folder, "file"), "");
    expect((await without(join(folder, "file"), "status")).err).toMatch(/no program listens|not a socket/);
  });

  it("leaves with 3 when the broker ends while it is followed", async () => {
    const path = join(folder, "ending.sock");
    const own = new FakeBrokerView();
    own.emit("hello");
    const ending = await startControlServer({ socketPath: path, view: own, log: keepingLog() });
    const child = start(["--socket", path, "events", "--follow"], {});
    await once(child.stdout, "data");
    const finished = finish(child);
    await ending.close();
    expect(await finished).toMatchObject({
      code: 3,
      err: expect.stringContaining("the broker ended the stream"),
    });
  });

  it("does not believe what answers nonsense or hangs up, and prints none of it", async () => {
    const nonsense = await serving("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    const answer = await without(nonsense.path, "status");
    expect(answer).toMatchObject({ code: 1, out: "" });
    expect(answer.err).toMatch(
      /nonsense\.sock is not served by ballastd, or by a different version: its answer to \/v1\/status has no/,
    );
    nonsense.server.close();
    const silent = await serving(undefined);
    expect(await without(silent.path, "status")).toMatchObject({ code: 3 });
    silent.server.close();
  });
});

describe("ballast check", () => {
  it("tells problems with their place and leaves with 2", async () => {
    const file = join(folder, "bad.yaml");
    writeFileSync(file, "mode: atc\n");
    const shown = await ballast("check", file);
    expect(shown).toMatchObject({ code: 2, err: "" });
    expect(shown.out).toBe(
      `problem ${file}:1:7: mode: "atc" is not a choice here; did you mean act? (observe, act)\n`,
    );
    const json = JSON.parse((await ballast("check", file, "--json")).out);
    expect(json).toMatchObject({ file, ok: false, problems: [{ line: 1, column: 7, path: "mode" }] });
  });

  it("looks at the machine when the config is right", async () => {
    const file = join(folder, "good.yaml");
    writeFileSync(file, `state: ${folder}\ncontrol: { socket: ${socketPath} }\n`);
    const shown = await ballast("check", file);
    expect(shown.code).toBe(0);
    expect(shown.out).toContain(`${file}: fine, 0 guests, mode observe\n`);
    expect(shown.out).toContain(`ok    state: ${folder} is there\n`);
  });

  it("leaves with 1 when the machine lacks something", async () => {
    const file = join(folder, "lacking.yaml");
    writeFileSync(file, `state: ${file}\n`);
    expect(await ballast("check", file)).toMatchObject({
      code: 1,
      out: expect.stringContaining("fail  state:"),
    });
  });

  it("prints the JSON schema", async () => {
    expect(JSON.parse((await ballast("check", "--schema")).out)).toHaveProperty("properties.mode");
  });
});

/** Something that answers every connection with `answer`, or hangs up. */
async function serving(answer: string | undefined): Promise<{ path: string; server: Server }> {
  const path = join(folder, `other-${answer === undefined ? "silent" : "nonsense"}.sock`);
  const other = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer ?? ""));
  }).listen(path);
  await once(other, "listening");
  return { path, server: other };
}
