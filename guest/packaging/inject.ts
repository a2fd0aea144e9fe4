/**
 * Puts a bundle into a Node executable with pkg, as a process of its own: pkg finds Node in the folder of its user and changes the
 * working directory.
 *
 * pkg's command line does not pass on V8's flags and assets, only this function of its library does; so its version is pinned exactly.
 */
import { dirname, join, relative } from "node:path";
import sea from "@yao-pkg/pkg/lib-es5/sea.js";
import { NODE_VERSION } from "./targets.ts";

/** What one executable is made of; all paths are absolute. */
export interface Injection {
  readonly bundle: string;
  readonly platform: "linux" | "win";
  readonly arch: "x64" | "arm64";
  readonly output: string;
  readonly flags: readonly string[];
  /** Files that the agent finds inside itself, by name. */
  readonly assets: Readonly<Record<string, string>>;
}

const { bundle, platform, arch, output, flags, assets } = JSON.parse(process.argv[2] ?? "{}") as Injection;
const seaConfig = {
  disableExperimentalSEAWarning: true,
  // Neither is worth it: a snapshot costs 6 MiB of private memory, a code cache saves no measurable time.
  useSnapshot: false,
  useCodeCache: false,
  // The executable has this path inside it: relative to where pkg works, a folder in that of the bundle, it is the same in every build.
  main: relative(join(dirname(bundle), "any"), bundle),
  assets,
  execArgv: flags,
  // Nothing in the guest's environment (NODE_OPTIONS) changes how the agent runs.
  execArgvExtension: "none",
};
await sea.default(bundle, {
  signature: false,
  seaConfig,
  targets: [{ nodeRange: `node${NODE_VERSION}`, platform, arch, output }],
});
