/** Owns what the testbed needs from the machine: programs, the Debian packages that bring them, and what to say without them. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** A program or file that the testbed uses, and the Debian or Ubuntu package that brings it. */
export interface Requirement {
  readonly package: string;
  /** Name of a program looked up in PATH, or an absolute path of a file; the first that exists satisfies. */
  readonly anyOf: readonly string[];
}

/** Everything needed to build the guest's image and to boot it. */
export const REQUIREMENTS: readonly Requirement[] = [
  { package: "qemu-system-x86", anyOf: ["qemu-system-x86_64"] },
  { package: "seabios", anyOf: ["/usr/share/seabios/bios-256k.bin", "/usr/share/qemu/bios-256k.bin"] },
  { package: "busybox-static", anyOf: ["busybox"] },
  { package: "e2fsprogs", anyOf: ["mke2fs"] },
  { package: "cpio", anyOf: ["cpio"] },
  { package: "openssl", anyOf: ["openssl"] },
  { package: "gcc", anyOf: ["gcc"] },
  { package: "libc6-dev", anyOf: ["/usr/lib/x86_64-linux-gnu/libc.a"] },
];

/** What runs the agent for arm64 here: an emulator of its processor and the libraries that it needs. */
export const ARM64_REQUIREMENTS: readonly Requirement[] = [
  { package: "qemu-user-static", anyOf: ["qemu-aarch64-static"] },
  { package: "libc6-arm64-cross", anyOf: ["/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1"] },
  { package: "libstdc++6-arm64-cross", anyOf: ["/usr/aarch64-linux-gnu/lib/libstdc++.so.6"] },
];

/** What runs the agent for Windows here: wine for 64 bits. */
export const WINE_REQUIREMENTS: readonly Requirement[] = [
  { package: "wine64", anyOf: ["/usr/lib/wine/wine64"] },
];

/** What checks the unit that the agent installs. */
export const SYSTEMD_REQUIREMENTS: readonly Requirement[] = [
  { package: "systemd", anyOf: ["systemd-analyze"] },
];

/** A libvirt daemon with its QEMU driver, and its command line. Nothing of it is started as a service. */
export const LIBVIRT_REQUIREMENTS: readonly Requirement[] = [
  { package: "libvirt-daemon", anyOf: ["libvirtd"] },
  {
    package: "libvirt-daemon-driver-qemu",
    anyOf: ["/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"],
  },
  { package: "libvirt-clients", anyOf: ["virsh"] },
];

/** What scrapes a broker and checks the alerts: Prometheus with promtool. */
export const PROMETHEUS_REQUIREMENTS: readonly Requirement[] = [
  { package: "prometheus", anyOf: ["promtool"] },
];

/** The engine of a fleet. Nothing of it is started as a service. */
export const NATS_REQUIREMENTS: readonly Requirement[] = [{ package: "nats-server", anyOf: ["nats-server"] }];

/** A browser without a screen, that opens the dashboard. */
export const BROWSER_REQUIREMENTS: readonly Requirement[] = [{ package: "chromium", anyOf: ["chromium"] }];

/** What makes packages: Debian's own tools are there, rpm's and those for Windows are not. */
export const PACKAGING_REQUIREMENTS: readonly Requirement[] = [
  { package: "dpkg", anyOf: ["dpkg-deb"] },
  { package: "rpm", anyOf: ["rpmbuild"] },
  { package: "wixl", anyOf: ["wixl"] },
  // Without them the executables keep 17 MB of symbols.
  { package: "binutils", anyOf: ["x86_64-linux-gnu-strip"] },
  { package: "binutils-aarch64-linux-gnu", anyOf: ["aarch64-linux-gnu-strip"] },
];

/** What tries packages: Debian's checker, and a small Debian to install them into. */
export const PACKAGE_TEST_REQUIREMENTS: readonly Requirement[] = [
  ...PACKAGING_REQUIREMENTS,
  { package: "lintian", anyOf: ["lintian"] },
  { package: "mmdebstrap", anyOf: ["mmdebstrap"] },
];

/** The shells whose completions are tried, beside bash, and the stricter reader of manual pages. */
export const SHELL_REQUIREMENTS: readonly Requirement[] = [
  { package: "zsh", anyOf: ["zsh"] },
  { package: "fish", anyOf: ["fish"] },
  { package: "mandoc", anyOf: ["mandoc"] },
  { package: "man-db", anyOf: ["man"] },
  { package: "groff", anyOf: ["/usr/bin/grotty", "/usr/bin/groff"] },
];

/** What `npm test` needs beyond real guests, so that nothing is skipped. */
export const TEST_REQUIREMENTS: readonly Requirement[] = [
  ...REQUIREMENTS,
  ...ARM64_REQUIREMENTS,
  ...SYSTEMD_REQUIREMENTS,
  ...LIBVIRT_REQUIREMENTS,
  ...PROMETHEUS_REQUIREMENTS,
  ...BROWSER_REQUIREMENTS,
  ...SHELL_REQUIREMENTS,
];

/** What `npm run test:long` needs, so that nothing is skipped. */
export const LONG_TEST_REQUIREMENTS: readonly Requirement[] = [
  ...TEST_REQUIREMENTS,
  ...WINE_REQUIREMENTS,
  ...NATS_REQUIREMENTS,
  ...PACKAGE_TEST_REQUIREMENTS,
];

/** Administrators' folders that an ordinary user's PATH leaves out. */
const EXTRA_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Finds an executable in PATH and the administrators' folders; `undefined` when there is none. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(":"), ...EXTRA_FOLDERS];
  return folders.map((folder) => join(folder, name)).find((path) => isAccessible(path, constants.X_OK));
}

/** Names of the Debian packages that are still missing; empty when the testbed can run. */
export function missing(requirements: readonly Requirement[] = REQUIREMENTS): string[] {
  return requirements.filter((item) => !item.anyOf.some(isPresent)).map((item) => item.package);
}

/** One line saying why suites with real guests must be skipped; `undefined` when nothing stands in the way. */
export function skipReason(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return `real guests need Linux on x86-64, this is ${process.platform} on ${process.arch}`;
  }
  const packages = missing();
  if (packages.length === 0) return undefined;
  return `no real guests: apt-get install --no-install-recommends ${packages.join(" ")}`;
}

function isPresent(name: string): boolean {
  return name.startsWith("/") ? isAccessible(name, constants.R_OK) : findProgram(name) !== undefined;
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
