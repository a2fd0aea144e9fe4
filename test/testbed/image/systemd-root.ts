/** Owns a small Debian system with a real systemd on a disk: its packages, unpacked and never configured, and the testbed's command channel. */
import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addCommandService, commandServiceParts } from "./command-service.ts";
import { makeFileSystem } from "./disk.ts";
import { cacheFolder, keyOf, produce, pruneOldest, runTool } from "./tools.ts";

const PACKAGES = ["systemd", "udev", "bash", "coreutils", "mount", "util-linux", "libstdc++6"];
/** What they unpack to is about 100 MiB. */
const DISK_MIB = 300;
const KEEP = 2;
/** A merged /usr, as every Debian system has it since release 12. */
const MERGED = ["bin", "sbin", "lib", "lib64"];
/** Of no use in a guest. */
const UNWANTED = ["doc", "man", "locale", "info", "lintian", "bash-completion"];

/** What the packages' scripts would make. */
const FILES: Readonly<Record<string, string>> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
  "etc/group": `${["root:x:0:", "nogroup:x:65534:", ...systemGroups()].join("\n")}\n`,
  "etc/machine-id": "",
};

/** Groups that Debian's rules for devices name. */
function systemGroups(): string[] {
  const names = [
    "tty",
    "disk",
    "kmem",
    "dialout",
    "cdrom",
    "tape",
    "audio",
    "video",
    "input",
    "render",
    "kvm",
  ];
  return ["lp", "sgx", ...names].map((name, i) => `${name}:x:${100 + i}:`);
}

/**
 * Returns the path of an ext4 disk with the system, making it the first time, from packages that apt downloads and checks. It stays as
 * it is until the cache is removed. Needs no root. Throws `TESTBED_BUILD` when a package cannot be had.
 */
export async function buildSystemdRoot(): Promise<string> {
  const service = commandServiceParts();
  const key = keyOf(service.files, [...PACKAGES, JSON.stringify(FILES), service.text]);
  const folder = join(cacheFolder(), "systemd-root");
  const disk = await produce(join(folder, `${key}.ext4`), async (temporary) => {
    const root = `${temporary}.root`;
    try {
      await unpackAll(`${temporary}.debs`, root);
      await addFiles(root);
      await makeFileSystem(temporary, DISK_MIB, ["-d", root]);
    } finally {
      await Promise.all(
        [root, `${temporary}.debs`].map((path) => rm(path, { recursive: true, force: true })),
      );
    }
  });
  await pruneOldest(folder, KEEP);
  return disk;
}

/** An empty list of what is installed makes apt download all that the packages depend on. */
async function unpackAll(archives: string, root: string): Promise<void> {
  await mkdir(join(archives, "partial"), { recursive: true });
  const settings = ["Dir::State::status=/dev/null", `Dir::Cache::archives=${archives}`, "Debug::NoLocking=1"];
  const options = settings.flatMap((setting) => ["-o", setting]);
  const words = ["install", "-y", "-q", "--download-only", "--no-install-recommends"];
  await runTool("apt-get", [...words, ...options, ...PACKAGES]);
  for (const name of MERGED) await mkdir(join(root, "usr", name), { recursive: true });
  for (const name of MERGED) await symlink(`usr/${name}`, join(root, name));
  const unpack = 'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink --no-same-owner -C "$1"';
  const packages = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
  for (const name of packages) await runTool("sh", ["-c", unpack, join(archives, name), root]);
  for (const name of UNWANTED) await rm(join(root, "usr/share", name), { recursive: true, force: true });
}

async function addFiles(root: string): Promise<void> {
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await addCommandService(root);
}
