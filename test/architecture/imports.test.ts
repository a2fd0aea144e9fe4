import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

type Rules = Readonly<Record<string, readonly string[]>>;

/**
 * Which folder of the host may import which. A folder may always import itself; a file at the root is named without `.ts`; `node:` and
 * npm packages are named by prefix.
 */
const HOST_RULES: Rules = {
  model: [],
  policy: ["model"],
  // Pure: whether a guest can be believed.
  belief: ["model", "@ballast/proto"],
  broker: ["model", "policy", "belief/balloon-agreement", "timing/shared-turns", "timing/token-bucket"],
  timing: ["node:"],
  // How clients of unix sockets read.
  sockets: ["node:net"],
  // What agents and control clients prove themselves with.
  secrets: ["node:crypto"],
  qmp: ["timing", "sockets", "model/foreign-text", "model/advised-error", "node:"],
  // Pure: what a balloon's figures mean, in whichever way they were had.
  balloon: ["model"],
  qemu: ["model", "balloon", "qmp", "timing", "node:"],
  libvirt: ["model", "balloon", "timing", "node:", "@rgrove/parse-xml", "@stellar/js-xdr"],
  agents: [
    "model",
    "belief/report-age",
    "belief/validate-report",
    "secrets",
    "timing",
    "sockets",
    "node:",
    "@ballast/proto",
    "ws",
  ],
  kernel: ["model", "node:"],
  state: ["model", "node:"],
  // Pure: what other programs would do.
  peers: ["model"],
  history: ["model", "peers", "node:"],
  // Pure: the grammar of paths alone.
  "qemu-arguments": ["model/foreign-text", "node:path/posix"],
  proxmox: ["model", "qemu-arguments", "node:"],
  "plain-qemu": ["model", "qemu-arguments"],
  config: ["model", "secrets", "qemu-arguments/monitors", "node:fs", "node:net", "node:path", "yaml", "zod"],
  metrics: ["model", "prom-client"],
  fleet: ["model", "node:", "zod", "@nats-io/kv", "@nats-io/transport-node"],
  // Pure: what the control API takes and answers, in one definition for both of its sides.
  api: ["model", "zod"],
  serve: [
    "model",
    "api",
    "secrets",
    "timing/loop-turns",
    "timing/token-bucket",
    "node:",
    "hono",
    "@hono/node-server",
    "ws",
  ],
  simulate: ["model", "policy", "peers", "@ballast/guest/judgement"],
  cli: [
    "model",
    "api",
    "config",
    "fleet",
    "qmp",
    "kernel/ksm/rivals",
    "kernel/qemu-process",
    "kernel/qemu-processes",
    // `ballast setup`, which needs no broker.
    "proxmox",
    "qemu-arguments",
    "state/setup-record-file",
    "kernel/monitor-watch",
    "timing",
    "libvirt",
    "simulate",
    "exit",
    "version",
    "node:",
    "commander",
    "zod",
  ],
  daemon: [
    ...[
      "model",
      "broker",
      "agents",
      "qemu",
      "kernel",
      "state",
      "serve",
      "history",
      "timing",
      "qmp",
      "proxmox",
      "metrics",
      "fleet",
      "plain-qemu",
      "libvirt",
    ],
    ...["config", "exit", "version", "node:", "commander", "pino"],
  ],
  exit: [],
  version: [],
  main: ["daemon", "config", "exit"],
  "cli/main": ["cli", "cli/composition"],
  // The composition root of `ballast`, as `daemon` is of `ballastd`.
  "cli/composition": [
    "cli",
    "daemon/ksm-adapters",
    "daemon/inventories",
    "broker/ksm/crash-repair",
    "config",
    "model",
    "exit",
    "node:",
    "commander",
  ],
};

/** The policy's steps in their order; each may use the results of those named. What stands at the policy's root is put together from all. */
const POLICY_RULES: Rules = {
  memory: [],
  thresholds: [],
  "dead-band": [],
  reason: [],
  learn: ["memory", "thresholds", "dead-band"],
  need: ["memory", "thresholds", "learn"],
  budget: ["memory", "thresholds", "learn", "need"],
  share: ["memory", "thresholds", "dead-band", "learn", "need", "budget"],
  move: ["memory", "thresholds", "dead-band", "reason", "learn", "need", "budget", "share"],
  demand: ["memory", "thresholds", "reason", "learn", "need", "budget", "share"],
  ksm: [],
  verdict: ["dead-band", "reason", "need", "budget", "share", "move"],
  remember: ["memory", "learn", "need", "move"],
  decide: ["memory", "learn", "need", "budget", "share", "move", "verdict", "remember"],
  "answer-demand": ["memory", "reason", "learn", "need", "budget", "share", "demand", "remember"],
};

/** Which folder of the agent may import which. `platform/platform` says what a platform is, the rest of that folder builds it. */
const GUEST_RULES: Rules = {
  clock: [],
  version: [],
  log: ["node:fs"],
  sample: ["platform/platform", "platform/roots", "node:fs", "node:path"],
  // Pure: no Node, so that the host's simulator can run it.
  judgement: ["sample/memory-sample", "sample/reading-times", "@ballast/proto"],
  link: ["platform/platform", "log", "version", "cli", "node:", "@ballast/proto", "ws"],
  native: ["sample", "link/char-device", "platform/platform", "log", "node:", "koffi"],
  service: ["native", "link", "platform/platform", "log", "node:"],
  platform: ["sample", "native", "link", "service", "log", "node:", "@ballast/proto"],
  session: ["judgement", "sample/memory-sample", "link", "log", "@ballast/proto"],
};

/** Which part of the dashboard may import what of itself, and npm packages. */
const PAGE_RULES: Rules = {
  // Pure: no DOM and no library.
  model: [],
  client: ["model"],
  view: ["model", "client", "preact", "uplot"],
  main: ["view", "client", "preact"],
  // A page of its own, in one file.
  report: ["view/plot-options", "uplot"],
};
/** What of the host's sources the dashboard may carry into a browser: types, and words that are the same as the command line's. */
const HOST_FOR_PAGE = ["model", "cli/format", "cli/report/plots"];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("/generated/"));
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, "utf8");
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"([^"\s=]+)"/g);
  return [...found].map((match) => ({ file: relative(ROOT, path), specifier: match[1] ?? "" }));
}

/** Where a file stands, as rules name it: the folder below `root` that has a rule, or the file itself. */
function roomOf(root: string, path: string, rules: Rules): string {
  const inside = relative(root, path).replace(/\.tsx?$/, "");
  return inside in rules ? inside : (inside.split("/")[0] ?? "");
}

function allows(rules: readonly string[], name: string): boolean {
  return rules.some((rule) => name === rule || name.startsWith(rule.endsWith(":") ? rule : `${rule}/`));
}

/** The imports below `root` that its rules do not allow. Files in no room that has a rule are free: they put the rooms together. */
function violations(root: string, rules: Rules): Import[] {
  const folder = join(ROOT, root);
  const files = sources(folder);
  expect(files.length).toBeGreaterThan(9);
  return files.flatMap(importsOf).filter(({ file, specifier }) => {
    const from = roomOf(folder, join(ROOT, file), rules);
    const allowed = rules[from];
    if (allowed === undefined) return false;
    if (!specifier.startsWith(".")) return !allows(allowed, specifier);
    const target = resolve(ROOT, dirname(file), specifier);
    // What lies outside is another test's matter.
    if (relative(folder, target).startsWith("..")) return false;
    return roomOf(folder, target, rules) !== from && !allows(allowed, nameOf(folder, target));
  });
}

function nameOf(folder: string, path: string): string {
  return relative(folder, path).replace(/\.tsx?$/, "");
}

describe("imports", () => {
  const host = sources(join(ROOT, "host/src"));

  it.each([
    ["the host's folders", "host/src", HOST_RULES],
    ["the policy's steps", "host/src/policy", POLICY_RULES],
    ["the agent's folders", "guest/src", GUEST_RULES],
    ["the dashboard", "host/page", PAGE_RULES],
  ])("point one way through %s", (_, root, rules) => {
    expect(violations(root, rules)).toEqual([]);
  });

  it("leave no folder of the host without a rule", () => {
    const rooms = host.map((path) => roomOf(join(ROOT, "host/src"), path, HOST_RULES));
    expect(rooms.filter((room) => !(room in HOST_RULES))).toEqual([]);
  });

  it("bring only the host's types and words to the dashboard", () => {
    const strays = sources(join(ROOT, "host/page"))
      .flatMap(importsOf)
      .filter(({ specifier }) => specifier.includes("/src/"))
      .filter(({ file, specifier }) => {
        const target = nameOf(join(ROOT, "host/src"), resolve(ROOT, dirname(file), specifier));
        return !allows(HOST_FOR_PAGE, target);
      });
    expect(strays).toEqual([]);
  });

  it("join host and guest by the agent's judgement alone, and lead from the wire to neither", () => {
    const strays = ["guest/src", "proto/src"]
      .flatMap((folder) => sources(join(ROOT, folder)).flatMap(importsOf))
      .filter(({ specifier }) => specifier.includes("host/") || specifier === "@ballast/host");
    const fromHost = host.flatMap(importsOf).filter(({ specifier }) => specifier.includes("guest/src"));
    const fromProto = sources(join(ROOT, "proto/src"))
      .flatMap(importsOf)
      .filter(({ specifier }) => specifier.startsWith("@ballast/"));
    expect([...strays, ...fromHost, ...fromProto]).toEqual([]);
  });

  it("form no cycle between files", () => {
    const files = [...host, ...sources(join(ROOT, "guest/src"))];
    const graph = new Map(files.map((path) => [path, localImports(path)]));
    expect(cycles(graph)).toEqual([]);
  });
});

function localImports(path: string): string[] {
  return importsOf(path)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => resolve(dirname(path), specifier));
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail, path].map((p) => relative(ROOT, p)).join(" -> "));
    if (done.has(path) || trail.includes(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
