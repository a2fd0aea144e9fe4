/** Owns one real broker process of a test, a benchmark or the quickstart: its config, its start and end, its control API. */
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BROKER_V8_FLAGS } from "../../host/packaging/v8-flags.ts";
import type { BrokerEvent } from "../../host/src/model/events.ts";
import type { GuestHistory } from "../../host/src/model/history.ts";
import type { KsmStatus } from "../../host/src/model/ksm-status.ts";
import type { Explanation, GuestStatus, KsmCommand, KsmReport, Status } from "../../host/src/model/status.ts";
import { TestbedError } from "./errors.ts";
import { type StartedProcess, startProcess } from "./host.ts";
import { waitFor } from "./wait.ts";

const MAIN = fileURLToPath(new URL("../../host/dist/main.js", import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const SQUEEZE_TOLERANCE_BYTES = 2 * 1024 * 1024;

/** The guests of the machine's own Proxmox and libvirt are not the tests'. */
const FINDS_NONE = { proxmox: "{ enabled: false }", libvirt: "{ enabled: false }" };

/** A guest as the broker's config names it. */
export interface BrokerGuest {
  readonly name: string;
  readonly qmpPath: string;
  readonly qmpMode?: "own" | "lease";
  readonly agentPath?: string;
  readonly minMib?: number;
  readonly shares?: number;
}

/** The config's `agents.websocket`. */
export interface BrokerWebSocket {
  readonly host?: string;
  readonly port: number;
  /** Without TLS if absent. */
  readonly tls?: { readonly certPath: string; readonly keyPath: string };
  readonly tokensPath: string;
}

export interface BrokerOptions {
  /** Folder for config, socket, state and log; short, since sockets' paths are. */
  readonly folder: string;
  readonly guests: readonly BrokerGuest[];
  /** Lines of the config's `guests` that find others, by key; left out, none are found. */
  readonly find?: Readonly<Record<string, string>>;
  /** `act` if absent. */
  readonly mode?: "observe" | "act";
  readonly budgetMib: number;
  readonly reserveMib?: number;
  readonly accounting?: "resident" | "strict";
  readonly onStop?: "hold" | "release";
  /** Reloads may let go of most guests. */
  readonly allowRemoval?: boolean;
  /** Lines of the config's `tuning`, by key. */
  readonly tuning?: Readonly<Record<string, string>>;
  /** Lines of the config's `ksm`, by key; left out, KSM is only observed. */
  readonly ksm?: Readonly<Record<string, string>>;
  /** Trust labels, by guest. */
  readonly trust?: Readonly<Record<string, string>>;
  readonly logLevel?: string;
  /** Where agents are listened to over WebSocket; nowhere if absent. */
  readonly websocket?: BrokerWebSocket;
  /** The config's `fleet`, as YAML. */
  readonly fleet?: string;
  /** Address and port of metrics and reads; nowhere if absent. */
  readonly http?: string;
  /** File of the tokens that may change something there. */
  readonly controlTokenPath?: string;
  /** Descriptor that takes the log instead of the file in the folder, or a socket that nobody reads. */
  readonly stdout?: number | "unread-socket";
  /** The program, of another release or packaged; `ballastd` as it is compiled. */
  readonly main?: string;
  /** The packaged `ballastd`, which has Node and its flags inside. */
  readonly executable?: string;
  /** Words of a program that sets something and then becomes the broker, such as `prlimit --nofile=64`. */
  readonly within?: readonly string[];
  /** Node's own flags. */
  readonly nodeFlags?: readonly string[];
  /** Let the broker run on after this process has ended. */
  readonly outlive?: boolean;
}

/** A running `ballastd`. */
export class TestBroker {
  readonly configPath: string;
  readonly socketPath: string;
  readonly logPath: string;
  readonly #options: BrokerOptions;
  #process: StartedProcess | undefined;

  private constructor(options: BrokerOptions) {
    this.#options = options;
    this.configPath = join(options.folder, "ballastd.yaml");
    this.socketPath = join(options.folder, "control.sock");
    this.logPath = join(options.folder, "ballastd.log");
  }

  /** Writes the config, starts the broker and waits until its control socket answers. */
  static async start(options: BrokerOptions): Promise<TestBroker> {
    const broker = new TestBroker(options);
    broker.configure({});
    await broker.restart();
    return broker;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Writes the config anew with some options changed; a SIGHUP makes the broker read it. */
  configure(change: Partial<BrokerOptions>): void {
    writeFileSync(this.configPath, configText({ ...this.#options, ...change }, this.socketPath));
  }

  /** Starts the broker again after `kill` or `stop`, without waiting for it. */
  async launch(): Promise<void> {
    const { outlive = false, stdout, main = MAIN, within = [], nodeFlags = [], executable } = this.#options;
    const compiled = [process.execPath, ...BROKER_V8_FLAGS, ...nodeFlags, main];
    const [program = process.execPath, ...words] = [
      ...within,
      ...(executable === undefined ? compiled : [executable]),
      "--config",
      this.configPath,
    ];
    this.#process = await startProcess(program, words, { logPath: this.logPath, outlive, stdout });
  }

  /** Starts the broker again after `kill` or `stop`, and waits until its control socket answers. */
  async restart(): Promise<void> {
    await this.launch();
    const ended = () => this.#process?.isRunning() === false;
    await waitFor(
      "the broker's start",
      async () => {
        if (ended()) throw new TestbedError("TESTBED_BOOT", `the broker ended at once:\n${this.logText()}`);
        return this.status().catch(() => undefined);
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Ends it cleanly. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const broker = this.#process;
    if (broker?.isRunning() !== true) return;
    process.kill(broker.pid, signal);
    const late = setTimeout(() => void broker.kill(), STOP_TIMEOUT_MS);
    await broker.ended;
    clearTimeout(late);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#process?.isRunning() === true) process.kill(this.#process.pid, signal);
  }

  logText(): string {
    return readFileSync(this.logPath, "utf8");
  }

  status(): Promise<Status> {
    return this.#call<Status>("GET", "/v1/status");
  }

  explain(name: string): Promise<Explanation> {
    return this.#call<Explanation>("GET", `/v1/guests/${encodeURIComponent(name)}/explain`);
  }

  async events(): Promise<readonly BrokerEvent[]> {
    return (await this.#call<{ events: readonly BrokerEvent[] }>("GET", "/v1/events?limit=1000")).events;
  }

  /** Figures for Prometheus, as OpenMetrics text. */
  metrics(): Promise<string> {
    return this.#answer("GET", "/metrics");
  }

  /** What the guest's agent measured last, from its demand to memory seen, in milliseconds. */
  async roundTripMs(name: string): Promise<number | undefined> {
    type Info = { facts: { report?: { roundTripMs?: number } } };
    return (await this.#call<Info>("GET", `/v1/guests/${encodeURIComponent(name)}/info`)).facts.report
      ?.roundTripMs;
  }

  async guest(name: string): Promise<GuestStatus> {
    const found = (await this.status()).guests.find((guest) => guest.name === name);
    if (found === undefined) throw new TestbedError("TESTBED_WAIT", `the broker knows no guest ${name}`);
    return found;
  }

  history(name: string): Promise<GuestHistory> {
    return this.#call<GuestHistory>("GET", `/v1/guests/${encodeURIComponent(name)}/history`);
  }

  ksm(): Promise<KsmReport> {
    return this.#call<KsmReport>("GET", "/v1/ksm");
  }

  /** Waits until KSM's state satisfies; the error shows the last one. */
  async untilKsm(what: string, holds: (ksm: KsmStatus) => boolean, timeoutMs: number): Promise<KsmStatus> {
    let last: KsmReport | undefined;
    const look = async () => {
      last = await this.ksm();
      return last.ksm !== undefined && holds(last.ksm) ? last.ksm : undefined;
    };
    return waitFor(`KSM: ${what}`, look, { timeoutMs }).catch((cause: unknown) => {
      const seen = JSON.stringify(last);
      throw new TestbedError("TESTBED_WAIT", `KSM: not ${what}; last seen ${seen}`, { cause });
    });
  }

  /** Gives KSM an order; rejects when it is refused. */
  async orderKsm(order: KsmCommand): Promise<string> {
    return (await this.#call<{ text: string }>("POST", "/v1/ksm", { order })).text;
  }

  /** Holds a guest at a size by hand, or lets go. */
  async hold(name: string, target: number | "auto"): Promise<void> {
    await this.#call("POST", `/v1/guests/${encodeURIComponent(name)}/balloon`, { target });
  }

  /** Holds a guest at a size by hand and waits until its balloon is there, to 2 MiB. */
  async squeeze(name: string, bytes: number, timeoutMs: number): Promise<void> {
    await this.hold(name, bytes);
    const isSqueezed = ({ actualBytes }: GuestStatus) =>
      (actualBytes ?? 0) <= bytes + SQUEEZE_TOLERANCE_BYTES;
    await this.until(name, "squeezed", isSqueezed, timeoutMs);
  }

  /** Waits until a guest is known and its status satisfies; the error shows the last one. */
  async until(
    name: string,
    what: string,
    holds: (guest: GuestStatus) => boolean,
    timeoutMs: number,
  ): Promise<GuestStatus> {
    let last: GuestStatus | undefined;
    const look = async () => {
      // A broker that has just started, or finds its guests by itself, may not know it yet.
      last = (await this.status()).guests.find((guest) => guest.name === name);
      return last !== undefined && holds(last) ? last : undefined;
    };
    return waitFor(`${name}: ${what}`, look, { timeoutMs }).catch((cause: unknown) => {
      throw new TestbedError("TESTBED_WAIT", `${name}: not ${what}; last seen ${JSON.stringify(last)}`, {
        cause,
      });
    });
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    return JSON.parse(await this.#answer(method, path, body)) as T;
  }

  #answer(method: string, path: string, body?: object): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const call = request({ socketPath: this.socketPath, method, path, headers, agent: false }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () => {
          const fine = (answer.statusCode ?? 500) < 300;
          if (fine) resolve(text);
          else reject(new TestbedError("TESTBED_WAIT", `${method} ${path}: ${answer.statusCode} ${text}`));
        });
      });
      call.once("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function controlText({ http, controlTokenPath }: BrokerOptions, socketPath: string): string {
  const paths = { socket: socketPath, http, token: controlTokenPath };
  return Object.entries(paths)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: "${value}"`)
    .join(", ");
}

/** The config as YAML. */
export function configText(options: BrokerOptions, socketPath: string): string {
  const guests = options.guests.map(({ name, qmpPath, qmpMode, agentPath, minMib = 128, shares = 1000 }) => {
    const mode = qmpMode === undefined ? "" : `, qmpMode: ${qmpMode}`;
    const agent = agentPath === undefined ? "" : `, agent: "${agentPath}"`;
    const trust = options.trust?.[name];
    const label = trust === undefined ? "" : `, trust: ${trust}`;
    return `    - { name: ${name}, qmp: "${qmpPath}"${mode}${agent}, min: ${minMib}MiB, shares: ${shares}${label} }`;
  });
  const ksm = Object.entries(options.ksm ?? {}).map(([key, value]) => `  ${key}: ${value}`);
  const tuning = Object.entries(options.tuning ?? {}).map(([key, value]) => `  ${key}: ${value}`);
  return [
    `mode: ${options.mode ?? "act"}`,
    "host:",
    `  budget: ${options.budgetMib}MiB`,
    `  reserve: ${options.reserveMib ?? 64}MiB`,
    `  accounting: ${options.accounting ?? "resident"}`,
    `control: { ${controlText(options, socketPath)} }`,
    `state: "${join(options.folder, "state")}"`,
    `onStop: ${options.onStop ?? "hold"}`,
    `log: { level: ${options.logLevel ?? "info"} }`,
    ...websocketLines(options.websocket),
    ...(options.fleet === undefined ? [] : [`fleet: ${options.fleet}`]),
    ...(tuning.length > 0 ? ["tuning:", ...tuning] : []),
    ...(ksm.length > 0 ? ["ksm:", ...ksm] : []),
    "guests:",
    ...Object.entries({ ...FINDS_NONE, ...options.find }).map(([key, value]) => `  ${key}: ${value}`),
    ...(options.allowRemoval === undefined ? [] : [`  allowRemoval: ${options.allowRemoval}`]),
    ...(guests.length > 0 ? ["  static:", ...guests] : []),
    "",
  ].join("\n");
}

function websocketLines(websocket: BrokerWebSocket | undefined): string[] {
  if (websocket === undefined) return [];
  const { host = "127.0.0.1", port, tls, tokensPath } = websocket;
  const secure = tls === undefined ? "" : `, tls: { cert: "${tls.certPath}", key: "${tls.keyPath}" }`;
  return [`agents: { websocket: { listen: "${host}:${port}", tokens: "${tokensPath}"${secure} } }`];
}
