/** Reads the command line into a command, or into what is wrong with it. */
import { isAbsolute, resolve } from "node:path";
import { parseArgs } from "node:util";
import { UNIX_PREFIX } from "./link/channel.ts";
import { readTarget, type WebSocketTarget } from "./link/websocket-target.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";
import type { Roots } from "./platform/roots.ts";
import { SERVICE_VERBS, type ServiceOptions, type ServiceVerb } from "./service/service-manager.ts";

export interface RunCommand {
  readonly name: "run";
  /** A path, `unix:PATH`, or `none`; absent: searched for. */
  readonly channel: string | undefined;
  /** Where to connect while the channel has no broker; absent: nowhere. */
  readonly websocket: WebSocketTarget | undefined;
  readonly logLevel: LogLevel;
  /** Started by Windows' service manager; hidden, as only `install` needs it. */
  readonly service: boolean;
  readonly roots: Roots;
}

export interface ReportCommand {
  readonly name: "report";
  readonly json: boolean;
  readonly roots: Roots;
}

export interface ServiceCommand {
  readonly name: "service";
  readonly verb: ServiceVerb;
  readonly options: ServiceOptions;
}

export interface WrongCommand {
  readonly name: "wrong";
  readonly problem: string;
}

export type Command =
  | RunCommand
  | ReportCommand
  | ServiceCommand
  | { readonly name: "version" }
  | { readonly name: "help" }
  | WrongCommand;

export const USAGE = `ballast-agent: reports to the Ballast broker on the host what this guest's memory is used for,
and demands memory in time.

  ballast-agent run [--channel PATH] [--log-level debug|info|warn|error]
                    [--url wss://HOST:PORT --token-file FILE [--ca FILE | --fingerprint sha256:HEX]]
        Report until stopped. PATH is a virtio-serial port; without it the agent searches for the port
        org.ballast.agent.0. unix:PATH is a unix socket, and none stands for WebSocket alone.
        With --url the agent uses WebSocket while the port has no broker at its other end. The host is verified by
        the authority that signed its certificate (the well-known ones, or those in --ca), or by the
        certificate's fingerprint. ws:// is for loopback; elsewhere it needs --insecure-ws.
  ballast-agent report [--json]
        Take one sample and print it.
  ballast-agent install [--root DIR] [options of run]
        Make the agent a service that starts with the system, and start it. DIR is the root folder of an
        image: links are followed inside it, and the paths of files are those of the image.
  ballast-agent uninstall [--root DIR]
        Stop the agent and remove what install wrote.
  ballast-agent start | stop | status
        status ends with 0 while the agent runs.
  ballast-agent version

Exit codes: 0 fine, 1 failed, 2 wrong usage.
`;

const OPTIONS = {
  channel: { type: "string" },
  "log-level": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  url: { type: "string" },
  "token-file": { type: "string" },
  ca: { type: "string" },
  fingerprint: { type: "string" },
  "insecure-ws": { type: "boolean" },
  proc: { type: "string" },
  sys: { type: "string" },
  dev: { type: "string" },
  root: { type: "string" },
  service: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parse>["values"];
type OptionName = keyof typeof OPTIONS;

/** What changes how the agent runs: given to `run`, or to `install` for the service. */
const OF_RUN: readonly OptionName[] = [
  ...(["channel", "log-level", "url", "token-file", "ca", "fingerprint", "insecure-ws"] as const),
  ...(["proc", "sys", "dev"] as const),
];
/** Options that name a file or a folder. */
const PATHS: readonly OptionName[] = ["channel", "token-file", "ca", "proc", "sys", "dev"];
const NO_CHANNEL = "none";
const OF_COMMAND: Readonly<Record<string, readonly OptionName[]>> = {
  run: ["service", ...OF_RUN],
  report: ["json", "proc", "sys", "dev"],
  version: [],
  install: ["root", ...OF_RUN],
  uninstall: ["root"],
  start: [],
  stop: [],
  status: [],
};

const COMMANDS = Object.keys(OF_COMMAND).join(", ");

/** Never throws. */
export function parseCommandLine(words: readonly string[]): Command {
  try {
    const { values, positionals } = parse(words);
    return interpret(values, positionals);
  } catch (error) {
    return wrong(error instanceof Error ? (error.message.split(/[.\n]/)[0] ?? "") : String(error));
  }
}

function parse(words: readonly string[]) {
  return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true, strict: true });
}

function interpret(values: Values, [name, extra]: readonly string[]): Command {
  if (values.help || name === "help") return { name: "help" };
  if (values.version) return { name: "version" };
  if (name === undefined) return wrong(`a command is missing: ${COMMANDS}`);
  const allowed = OF_COMMAND[name];
  if (!allowed) return wrong(`there is no command "${name}": ${COMMANDS}`);
  if (extra !== undefined) return wrong(`"${extra}" is not expected after ${name}`);
  const stray = (Object.keys(values) as OptionName[]).find((each) => !allowed.includes(each));
  if (stray) return wrong(`${name} has no option --${stray}`);
  return command(name, values);
}

function command(name: string, values: Values): Command {
  if (name === "version") return { name };
  if (name === "report") return { name, json: values.json ?? false, roots: rootsOf(values) };
  const run = runCommand(values);
  if (run.name === "wrong" || name === "run") return run;
  const verb = SERVICE_VERBS.find((each) => each === name);
  if (values.root === "") return wrong("--root needs a folder");
  if (verb === undefined) return wrong(`there is no command "${name}"`);
  const stray = values.root === undefined ? undefined : PATHS.find((each) => isRelative(values[each]));
  if (stray !== undefined)
    return wrong(
      `with --root, --${stray} is a path in the image: write it from its root on, as in /etc/ballast`,
    );
  return { name: "service", verb, options: { root: values.root, runArguments: runArguments(values) } };
}

function runCommand(values: Values): RunCommand | WrongCommand {
  const logLevel = LOG_LEVELS.find((each) => each === (values["log-level"] ?? "info"));
  if (!logLevel) return wrong(`--log-level is one of ${LOG_LEVELS.join(", ")}`);
  const { channel } = values;
  if (channel === "" || channel === UNIX_PREFIX) return wrong("--channel needs a path");
  const websocket = readTarget(values);
  if (!websocket.ok) return wrong(websocket.problem);
  const { target } = websocket;
  if (channel === NO_CHANNEL && target === undefined)
    return wrong("--channel none needs --url wss://HOST:PORT");
  const service = values.service ?? false;
  return { name: "run", channel, websocket: target, logLevel, service, roots: rootsOf(values) };
}

/** The options of `run` among the values, as words of a command line; a service does not start in this folder. */
function runArguments(values: Values): string[] {
  return OF_RUN.flatMap((name) => {
    const value = values[name];
    if (value === true) return [`--${name}`];
    if (typeof value !== "string") return [];
    return [`--${name}`, PATHS.includes(name) ? absolute(value) : value];
  });
}

/** The channel may be a word, or a socket behind a prefix. */
function isRelative(value: Values[OptionName]): boolean {
  return typeof value === "string" && value !== NO_CHANNEL && !isAbsolute(withoutPrefix(value));
}

function absolute(value: string): string {
  if (!isRelative(value)) return value;
  const prefix = value.startsWith(UNIX_PREFIX) ? UNIX_PREFIX : "";
  return `${prefix}${resolve(withoutPrefix(value))}`;
}

function withoutPrefix(value: string): string {
  return value.startsWith(UNIX_PREFIX) ? value.slice(UNIX_PREFIX.length) : value;
}

function rootsOf(values: Values): Roots {
  return {
    procRoot: values.proc ?? "/proc",
    sysRoot: values.sys ?? "/sys",
    devRoot: values.dev ?? "/dev",
  };
}

function wrong(problem: string): WrongCommand {
  return { name: "wrong", problem };
}
