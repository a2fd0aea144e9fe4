/** Owns the testbed's command line, for working with a guest by hand. */
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { bootGuest } from "./boot.ts";
import type { BootOptions } from "./boot-options.ts";
import { messageOf } from "./errors.ts";
import type { TestGuest } from "./guest.ts";
import { buildImage } from "./image/build.ts";
import { cacheFolder } from "./image/tools.ts";
import { missing } from "./requirements.ts";

const USAGE = `node test/testbed/cli.ts COMMAND [OPTIONS]
  requirements   print the Debian packages that are missing, one a line
  build          build the guest's image and print where its parts are
  boot           boot a guest, print its paths, end it with Ctrl-C
  shell          boot a guest and run the commands of standard input in it;
                 a line "balloon N" sets its balloon to N MiB
  clean          remove everything built
Options of boot and shell:
  --name NAME          name of the guest (guest)
  --memory MIB         memory (512)
  --folder PATH        folder of its sockets and logs (a new one)
  --agent PATH         the agent's executable (a script that does nothing)
  --agent-arguments A  its arguments, separated by commas (run)
  --scratch MIB        size of a writable disk at /scratch (none)
  --no-agent --no-balloon --deflate-on-oom
`;
const LONG_COMMAND_MS = 3_600_000;
const MIB = 1024 * 1024;
const OPTIONS = {
  name: { type: "string" },
  memory: { type: "string" },
  folder: { type: "string" },
  agent: { type: "string" },
  "agent-arguments": { type: "string" },
  scratch: { type: "string" },
  "no-agent": { type: "boolean" },
  "no-balloon": { type: "boolean" },
  "deflate-on-oom": { type: "boolean" },
} as const;

type Values = ReturnType<typeof parse>["values"];

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function bootOptions(values: Values): BootOptions {
  const { name, memory, folder, scratch, agent } = values;
  const agentArguments = values["agent-arguments"];
  return {
    noReboot: false,
    agent: values["no-agent"] !== true,
    balloon: values["no-balloon"] !== true,
    deflateOnOom: values["deflate-on-oom"] === true,
    ...(name === undefined ? {} : { name }),
    ...(memory === undefined ? {} : { memoryMib: Number(memory) }),
    ...(folder === undefined ? {} : { folder }),
    ...(agent === undefined ? {} : { agentProgram: agent }),
    ...(agentArguments === undefined ? {} : { agentArguments: agentArguments.split(",") }),
    ...(scratch === undefined ? {} : { scratch: { sizeMib: Number(scratch) } }),
  };
}

function parse(words: string[]) {
  return parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
}

async function bootAndTell(values: Values): Promise<TestGuest> {
  const guest = await bootGuest(bootOptions(values));
  const { name, pid, qmpPath, agentPath, consolePath, agentLogPath } = guest;
  print(JSON.stringify({ name, pid, qmpPath, agentPath, consolePath, agentLogPath }, undefined, 2));
  return guest;
}

async function boot(values: Values): Promise<void> {
  const guest = await bootAndTell(values);
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => {
      if (!guest.isRunning()) finish();
    }, 1_000);
    const finish = () => {
      clearInterval(alive);
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, finish);
  });
  await guest.stop();
}

async function shell(values: Values): Promise<void> {
  const guest = await bootAndTell(values);
  try {
    for await (const line of createInterface({ input: process.stdin })) print(await runLine(guest, line));
  } finally {
    await guest.stop();
  }
}

async function runLine(guest: TestGuest, line: string): Promise<string> {
  const mib = /^balloon (\d+)$/.exec(line)?.[1];
  if (mib !== undefined) {
    await guest.moveBalloon(Number(mib) * MIB);
    return `balloon at ${mib} MiB`;
  }
  const { status, output } = await guest.run(line, { timeoutMs: LONG_COMMAND_MS });
  return status === 0 ? output : `${output}\n(exit status ${status})`;
}

async function main(words: string[]): Promise<number> {
  const { values, positionals } = parse(words);
  const commands: Record<string, () => Promise<void>> = {
    requirements: async () => missing().forEach(print),
    build: async () => print(JSON.stringify(await buildImage(), undefined, 2)),
    boot: () => boot(values),
    shell: () => shell(values),
    clean: () => rm(cacheFolder(), { recursive: true, force: true }),
  };
  const command = commands[positionals[0] ?? ""];
  if (command === undefined || positionals.length !== 1) {
    process.stderr.write(USAGE);
    return 2;
  }
  await command();
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`testbed: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
