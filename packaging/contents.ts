/** Finds out what is inside the executables: the npm packages in their bundles, Node with its libraries, and koffi. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGENT, type Program } from "../guest/packaging/executable.ts";
import { TARGETS, type Target } from "../guest/packaging/targets.ts";
import { HOST_PROGRAMS } from "../host/packaging/program.ts";
import { type Component, packagesOf } from "./sbom.ts";
import { ROOT } from "./source-facts.ts";

/** What is read of package-lock.json. */
interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string; readonly license?: string }>>;
}

/** Names in `process.versions` that say the version of an interface, not of a library. */
const NO_LIBRARIES = ["node", "modules", "napi"];
const NODE_LICENCE = "MIT";

/** Everything that is inside, sorted by name. */
export async function contents(): Promise<Component[]> {
  const names = new Set<string>(["koffi"]);
  for (const [program, target] of bundles())
    for (const name of packagesOf(await filesIn(program, target))) names.add(name);
  const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")) as Lock;
  const packages = await Promise.all([...names].toSorted().map((name) => npmComponent(name, lock)));
  return [...TARGETS.map(nodeComponent), ...packages];
}

function bundles(): [Program, Target][] {
  const host = TARGETS.find(({ name }) => name === "linux-x64");
  return [
    ...TARGETS.map((target): [Program, Target] => [AGENT, target]),
    ...(host ? [[HOST_PROGRAMS, host] as [Program, Target]] : []),
  ];
}

async function filesIn(program: Program, target: Target): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "ballast-bundle-"));
  try {
    return await program.writeBundle(target, join(folder, "bundle.cjs"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function npmComponent(name: string, { packages }: Lock): Promise<Component> {
  const place = `node_modules/${name}`;
  const { version, license } = JSON.parse(await readFile(join(ROOT, place, "package.json"), "utf8")) as {
    version: string;
    license?: string;
  };
  const integrity = packages[place]?.integrity;
  return {
    name,
    version,
    isNpm: true,
    ...(license !== undefined && { licence: license }),
    ...(integrity !== undefined && { sha512: hexOf(integrity) }),
  };
}

/** The licences of everything that is inside, each under the name of what it is of: they go with the executables. */
export async function notices(components: readonly Component[]): Promise<string> {
  const texts = components.map(async ({ name, licence }) => {
    const folder = join(ROOT, "node_modules", name);
    const files = await readdir(folder).catch(() => []);
    const file = files.find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? (licence ?? "") : await readFile(join(folder, file), "utf8");
    return `=== ${name} ===\n\n${text.trimEnd()}\n\n`;
  });
  return (await Promise.all(texts)).join("");
}

/** The Node that packages is the same version as the one inside, so it has the same libraries. */
function nodeComponent({ node }: Target): Component {
  const inside = Object.entries(process.versions).flatMap(([name, version]) =>
    version === undefined || NO_LIBRARIES.includes(name) ? [] : [{ name, version, isNpm: false }],
  );
  return {
    name: node.name,
    version: node.version,
    licence: NODE_LICENCE,
    sha512: hexOf(node.integrity),
    isNpm: true,
    inside,
  };
}

/** From npm's `sha512-BASE64`. */
function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
}
