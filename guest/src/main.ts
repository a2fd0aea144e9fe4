/** The guest agent's entry point: does what the command line says with the parts of this operating system. */
import { join } from "node:path";
import { type Command, parseCommandLine, type ReportCommand, type ServiceCommand, USAGE } from "./cli.ts";
import { loadPlatform } from "./platform/load.ts";
import { takeReport } from "./report-command.ts";
import { run } from "./run.ts";
import { ServiceError } from "./service/service-manager.ts";
import { AGENT_VERSION } from "./version.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function main(command: Command): Promise<void> {
  switch (command.name) {
    case "version":
      process.stdout.write(`ballast-agent ${AGENT_VERSION}\n`);
      return;
    case "help":
      process.stdout.write(USAGE);
      return;
    case "wrong":
      complain(`${command.problem}\nTry "ballast-agent help".`, EXIT_USAGE);
      return;
    case "report":
      await report(command);
      return;
    case "service":
      await serve(command);
      return;
    case "run":
      await run(command, await loadPlatform(true));
  }
}

async function report(command: ReportCommand): Promise<void> {
  const text = takeReport(command, await loadPlatform(false));
  if (text === undefined)
    complain(`${join(command.roots.procRoot, "meminfo")} does not tell what is available`, EXIT_FAILED);
  else process.stdout.write(text);
}

async function serve({ verb, options }: ServiceCommand): Promise<void> {
  const manager = await (await loadPlatform(false)).loadServiceManager();
  const { lines, fine } = await manager[verb](options);
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (!fine) process.exitCode = EXIT_FAILED;
}

function complain(text: string, exitCode: number): void {
  process.stderr.write(`ballast-agent: ${text}\n`);
  process.exitCode = exitCode;
}

main(parseCommandLine(process.argv.slice(2))).catch((error: unknown) => {
  const isForAdmin = error instanceof ServiceError || !(error instanceof Error);
  complain(
    isForAdmin ? String(error instanceof Error ? error.message : error) : (error.stack ?? error.message),
    EXIT_FAILED,
  );
});
