/** What is measured side by side: the agent as it is published, what it is made of, what was tried, and QEMU's own agent. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleAgent } from "../../../guest/packaging/bundle.ts";
import { V8_FLAGS } from "../../../guest/packaging/executable.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { ROOT } from "../../bootstrap/tools.ts";
import { findProgram } from "../../testbed/requirements.ts";

export interface Subject {
  readonly name: string;
  readonly program: string;
  /** Words before `run` and its options. */
  readonly words: readonly string[];
  /** The agent as it is published, not a script for Node. */
  readonly isExecutable?: boolean;
  /** Measured under pressure and at its start too. */
  readonly isMain: boolean;
}

/** V8's flags that the executable does without, on top of its own. */
const TRIED = [
  ["--opt"],
  ["--lite-mode"],
  ["--optimize-for-size"],
  ["--lite-mode", "--optimize-for-size"],
  ["--jitless"],
];

/** The agent in all its forms; files go into `folder`. */
export async function agentSubjects(folder: string): Promise<Subject[]> {
  // Inside the repository koffi is found, outside it is not.
  const [bundle, alone] = [join(ROOT, "guest/dist/bench-agent.cjs"), join(folder, "agent.cjs")];
  await bundleAgent("linux", bundle);
  await copyFile(bundle, alone);
  const node = process.execPath;
  const tried = (name: string, words: readonly string[]): Subject => ({
    name: `tried: ${name}`,
    program: node,
    words,
    isMain: false,
  });
  return [
    {
      name: "ballast-agent (the executable)",
      program: await packagedAgent(),
      words: [],
      isMain: true,
      isExecutable: true,
    },
    { name: "plain Node, same code, no flags", program: node, words: [bundle], isMain: true },
    tried("plain Node, the executable's flags", [...V8_FLAGS, bundle]),
    tried("no koffi", [...V8_FLAGS, alone]),
    ...TRIED.map((flags) => tried(flags.join(" "), [...V8_FLAGS, ...flags, bundle])),
  ];
}

/** QEMU's guest agent, if it is installed. */
export function qemuGuestAgent(): string | undefined {
  return findProgram("qemu-ga");
}
