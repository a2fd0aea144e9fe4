/** Makes an rpm package from its description, with rpmbuild. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackageDescription } from "../description.ts";
import type { Compression, Release } from "../release.ts";
import { stage } from "../staging.ts";
import { runTool } from "../tool.ts";
import { RPM_ARCH, type RpmFacts, rpmName, specText } from "./spec.ts";

/** What rpm of RHEL 8 and later unpacks. */
const PAYLOAD: Readonly<Record<Compression, string>> = { small: "w6.xzdio", quick: "w1.gzdio" };

export interface RpmParts
  extends Pick<Release, "version" | "seconds" | "maintainer" | "notices" | "compression"> {
  readonly description: PackageDescription;
  readonly rpm: RpmFacts;
}

/** Writes the package into `folder` and gives its path. Equal parts make an equal file. */
export async function buildRpm(parts: RpmParts, folder: string): Promise<string> {
  const { description, version, maintainer, seconds, compression, notices, rpm } = parts;
  const top = await mkdtemp(join(tmpdir(), "ballast-rpm-"));
  try {
    const root = join(top, "root");
    const licences = { path: `/usr/share/licenses/${description.name}/LICENSES.txt`, content: notices };
    const files = [...description.files, licences];
    await stage(root, files, seconds);
    const spec = join(top, "package.spec");
    await writeFile(spec, specText({ ...description, files }, rpm, { version, maintainer }, root));
    await runTool("rpmbuild", rpmbuildWords(spec, top, RPM_ARCH[description.arch], PAYLOAD[compression]), {
      debianPackage: "rpm",
      env: { SOURCE_DATE_EPOCH: String(seconds) },
    });
    const name = rpmName(description, version);
    await mkdir(folder, { recursive: true });
    await copyFile(join(top, "RPMS", RPM_ARCH[description.arch], name), join(folder, name));
    return join(folder, name);
  } finally {
    await rm(top, { recursive: true, force: true });
  }
}

function rpmbuildWords(spec: string, top: string, arch: string, payload: string): string[] {
  const defines = {
    _topdir: top,
    _binary_payload: payload,
    _build_id_links: "none",
    // Nothing is stripped: the bundle is appended to the executable.
    __os_install_post: "%{nil}",
    debug_package: "%{nil}",
    // The machine that it was made on is nobody's matter, and differs.
    _buildhost: "reproducible",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
  };
  const words = Object.entries(defines).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  return ["-bb", "--quiet", "--target", arch, ...words, spec];
}
