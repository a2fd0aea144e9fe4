/** The list of what is inside the executables, as CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/); pure. */

/** One package of the npm registry, or one library inside Node. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** As SPDX names it; absent where it is not known. */
  readonly licence?: string;
  /** SHA-512 of the package's tarball, as hex. */
  readonly sha512?: string;
  /** Whether it comes from the npm registry. */
  readonly isNpm: boolean;
  readonly inside?: readonly Component[];
}

/** The document, as text that ends with a line end. `seconds` since 1970. */
export function cycloneDx(version: string, seconds: number, components: readonly Component[]): string {
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      timestamp: new Date(seconds * 1000).toISOString(),
      component: { type: "application", "bom-ref": "ballast", name: "ballast", version },
    },
    components: components.map(entryOf),
    dependencies: [{ ref: "ballast", dependsOn: components.map(refOf) }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function entryOf(component: Component): object {
  const { name, version, licence, sha512, isNpm, inside = [] } = component;
  return {
    type: "library",
    "bom-ref": refOf(component),
    name,
    version,
    ...(isNpm && { purl: refOf(component) }),
    ...(licence !== undefined && { licenses: [{ license: { id: licence } }] }),
    ...(sha512 !== undefined && { hashes: [{ alg: "SHA-512", content: sha512 }] }),
    ...(inside.length > 0 && { components: inside.map(entryOf) }),
  };
}

/** A package URL (https://github.com/package-url/purl-spec): the @ of a scope is escaped. */
function refOf({ name, version, isNpm }: Component): string {
  return isNpm ? `pkg:npm/${name.replace("@", "%40")}@${version}` : `node/${name}@${version}`;
}

/** Names of the npm packages that files of a bundle are from, sorted. */
export function packagesOf(paths: readonly string[]): string[] {
  const names = paths.flatMap((path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}
