/** The words beneath `ballast agent`. */
import { Argument, type Command } from "commander";
import { tokenIdArgument } from "./arguments.ts";
import { issueToken, listTokens, revokeTokens, type TokenOptions } from "./commands/agent-tokens.ts";
import type { Terminal } from "./terminal.ts";
import { configOption, guestName, WrittenOption } from "./words.ts";

export function addAgent(program: Command, terminal: Terminal): void {
  const agent = program.command("agent").description("tokens of agents that speak over WebSocket");
  withFiles(agent.command("token"))
    .description("issue a token for a guest's agent; it is shown once")
    .addArgument(guestName())
    .action((name: string, options: TokenOptions) => issueToken(name, options, terminal));
  withFiles(agent.command("tokens"))
    .description("list the tokens")
    .action((options: TokenOptions) => listTokens(options, terminal));
  withFiles(agent.command("revoke"))
    .description("end a guest's tokens, or one of them")
    .addArgument(guestName())
    .addArgument(new Argument("[id]", "as `ballast agent tokens` shows it").argParser(tokenIdArgument))
    .action((name: string, id: string | undefined, options: TokenOptions) =>
      revokeTokens(name, id, options, terminal),
    );
}

function withFiles(command: Command): Command {
  return command
    .addOption(configOption())
    .addOption(
      new WrittenOption(
        "--tokens <file>",
        "the file of tokens, instead of the one that the config names",
        "files",
      ),
    )
    .option("--json", "print JSON");
}
