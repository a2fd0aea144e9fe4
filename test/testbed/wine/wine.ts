/** Owns one Windows of wine's: its folder, its programs, its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TestbedError } from "../errors.ts";
import { type StartedProcess, startProcess } from "../host.ts";
import { cacheFolder } from "../image/tools.ts";
import { missing, WINE_REQUIREMENTS } from "../requirements.ts";
import { buildWineTree, type WineTree } from "./tree.ts";

/** Making a Windows takes ten seconds on an idle machine. */
const PROGRAM_LIMIT_MS = 180_000;

export interface WineResult {
  readonly status: number | null;
  readonly output: string;
}

/** One line saying why suites with Windows programs must be skipped; `undefined` when nothing stands in the way. */
export function wineSkipReason(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64")
    return `wine's Windows for x64 needs Linux on x86-64, this is ${process.platform} on ${process.arch}`;
  const packages = missing(WINE_REQUIREMENTS);
  if (packages.length === 0) return undefined;
  return `no wine: apt-get install --no-install-recommends ${packages.join(" ")}`;
}

/** A Windows whose drive C lies in the testbed's cache; only one test may use it at a time. */
export class Wine {
  readonly #tree: WineTree;
  readonly #folder: string;
  readonly #logs: string;
  #runs = 0;

  private constructor(tree: WineTree, folder: string, logs: string) {
    this.#tree = tree;
    this.#folder = folder;
    this.#logs = logs;
  }

  /** Makes it if there is none yet, in about ten seconds. `logs` is a folder for what programs print. */
  static async open(logs: string): Promise<Wine> {
    const cache = join(cacheFolder(), "wine");
    mkdirSync(cache, { recursive: true });
    const folder = join(cache, "windows");
    const wine = new Wine(buildWineTree(join(cache, "tree")), folder, logs);
    if (!existsSync(join(folder, "system.reg"))) await wine.#install();
    return wine;
  }

  async #install(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    // Node wants to be on Windows 10.
    for (const words of [
      ["wineboot", "-i"],
      ["winecfg", "/v", "win10"],
    ]) {
      const { status, output } = await this.run(words);
      if (status !== 0) throw new TestbedError("TESTBED_BUILD", `${words.join(" ")} failed: ${output}`);
    }
    // What was set is in the folder only after the end.
    await this.close();
  }

  /** A path of this machine as its programs name it. */
  static path(path: string): string {
    return `Z:${path.replaceAll("/", "\\")}`;
  }

  /** Where a path of drive C lies on this machine. */
  hostPath(path: string): string {
    return join(this.#folder, "drive_c", path.replace(/^C:/i, "").replaceAll("\\", "/"));
  }

  /** Runs a program to its end. */
  async run(words: readonly string[]): Promise<WineResult> {
    const logPath = this.#logPath();
    const log = openSync(logPath, "w");
    // Node under wine cannot write to pipes: only files do.
    const child = spawn(this.#tree.loader, words, {
      stdio: ["ignore", log, log],
      env: this.#environment(),
      timeout: PROGRAM_LIMIT_MS,
      killSignal: "SIGKILL",
    });
    closeSync(log);
    const [status] = (await once(child, "exit")) as [number | null];
    return { status, output: readFileSync(logPath, "utf8") };
  }

  /** Starts a program; `output` is what it has printed so far. */
  async start(words: readonly string[]): Promise<StartedProcess & { output(): string }> {
    const logPath = this.#logPath();
    const settings = Object.entries(this.#environment()).map(([name, value]) => `${name}=${value ?? ""}`);
    const started = await startProcess("env", [...settings, this.#tree.loader, ...words], { logPath });
    return { ...started, output: () => readFileSync(logPath, "utf8") };
  }

  /** Ends every program of this Windows, and no other. */
  async close(): Promise<void> {
    const server = spawn(this.#tree.server, ["-k", "-w"], { stdio: "ignore", env: this.#environment() });
    await once(server, "exit");
    const waiting = spawn(this.#tree.server, ["-w"], { stdio: "ignore", env: this.#environment() });
    await once(waiting, "exit");
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "/root",
      WINEPREFIX: this.#folder,
      WINELOADER: this.#tree.loader,
      WINESERVER: this.#tree.server,
      // Names of files are UTF-8 on this side, whatever the tests' own language is.
      LC_ALL: "C.UTF-8",
      WINEDEBUG: "-all",
      // Neither .NET nor a browser is needed; without them nothing is asked.
      WINEDLLOVERRIDES: "mscoree,mshtml=",
    };
  }

  #logPath(): string {
    this.#runs++;
    return join(this.#logs, `wine-${this.#runs}.log`);
  }
}
