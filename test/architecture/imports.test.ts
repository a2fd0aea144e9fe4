import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Who may import what; a folder may always import itself. `node:` and npm packages are named by prefix. */
const HOST_RULES: Readonly<Record<string, readonly string[]>> = {
  model: [],
  policy: ["model"],
  broker: ["model", "policy"],
  qmp: ["node:"],
  collect: ["model", "qmp", "node:", "@ballast/proto", "ws"],
  control: ["model", "qmp", "node:"],
  config: ["model", "node:fs", "node:net", "node:path", "yaml", "zod"],
  serve: ["model", "node:", "hono", "@hono/node-server"],
  simulate: ["model", "policy"],
  cli: ["model", "config", "qmp", "simulate", "node:", "commander"],
  main: ["model", "broker", "collect", "control", "config", "serve", "cli", "qmp", "node:", "pino"],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("/generated/"));
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, "utf8");
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...found].map((match) => ({ file: relative(ROOT, path), specifier: match[1] ?? "" }));
}

function hostFolder(path: string): string {
  const inside = relative(join(ROOT, "host/src"), path);
  const [first = ""] = inside.split("/");
  // The composition root of `ballast`, as `main.ts` is of `ballastd`.
  if (inside === "cli/main.ts") return "main";
  return first.endsWith(".ts") ? "main" : first;
}

function violates({ file, specifier }: Import): boolean {
  const from = hostFolder(join(ROOT, file));
  const allowed = HOST_RULES[from] ?? [];
  if (!specifier.startsWith("."))
    return !allowed.some((rule) => specifier === rule || specifier.startsWith(rule));
  const to = hostFolder(resolve(ROOT, dirname(file), specifier));
  return to !== from && !allowed.includes(to);
}

describe("imports", () => {
  const host = sources(join(ROOT, "host/src"));

  it("point one way through the host's folders", () => {
    expect(host.length).toBeGreaterThan(20);
    expect(host.flatMap(importsOf).filter(violates)).toEqual([]);
  });

  it("never join host and guest, nor lead from the wire to either", () => {
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
    const graph = new Map(host.map((path) => [path, localImports(path)]));
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
