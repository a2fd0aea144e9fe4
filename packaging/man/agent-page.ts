/** ballast-agent(8), made from the agent's own help. Pure. */
import { USAGE } from "../../guest/src/cli.ts";
import { exitSection, seeAlso } from "./command-page.ts";
import { bold, italic, item, type Page, plain, text } from "./roff.ts";

/** A command in the help: how it is typed, and what it does. */
interface UsageEntry {
  readonly typed: string;
  readonly words: string;
}

const [, ...BLOCKS] = USAGE.split("\n\n");
const ENTRIES = entriesOf(BLOCKS[0] ?? "");

export const AGENT_PAGE: Page = {
  name: "ballast-agent",
  section: 8,
  summary: "tells the host what this guest's memory is used for, and demands memory in time",
  sections: [
    {
      title: "SYNOPSIS",
      body: ENTRIES.map(({ typed }) => `${typed}\n.br\n`)
        .join("")
        .replace(/\.br\n$/, ""),
    },
    {
      title: "DESCRIPTION",
      body: text(
        "Reports to the Ballast broker on the host what this guest's memory is used for, and demands memory before the guest runs out. The package starts it as a service when the virtio-serial port `org.ballast.agent.0` is there. No message of the host makes it run, read or change anything in the guest.",
      ),
    },
    { title: "COMMANDS", body: ENTRIES.map(({ typed, words }) => item(typed, words)).join("") },
    exitSection({ 0: "Fine.", 1: "Failed.", 2: "Wrong usage." }),
    seeAlso("ballastd(8)"),
  ],
};

/** Lines of commands stand 2 columns from the left, those that go on deeper; words stand 8 columns from it. */
function entriesOf(block: string): UsageEntry[] {
  const entries: { typed: string[]; words: string[] }[] = [];
  for (const line of block.split("\n")) {
    if (/^ {2}\S/.test(line)) entries.push({ typed: [line.trim()], words: [] });
    else if (/^ {8}\S/.test(line)) entries.at(-1)?.words.push(line.trim());
    else entries.at(-1)?.typed.push(line.trim());
  }
  return entries.map(({ typed, words }) => ({ typed: typedText(typed.join(" ")), words: words.join(" ") }));
}

/** Names are bold, what stands for a value is italic. */
function typedText(line: string): string {
  return line
    .split(/([A-Z]{2,}|[a-z-]{2,})/)
    .map((part, index) => (index % 2 === 0 ? plain(part) : /^[A-Z]/.test(part) ? italic(part) : bold(part)))
    .join("");
}
