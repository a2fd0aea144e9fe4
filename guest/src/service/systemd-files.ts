/** The files that make the agent a service under systemd: decided here, written elsewhere. */
import { PORT_NAME } from "../link/find-port.ts";
import { libraryBeside } from "../native/koffi.ts";

export const UNIT = "ballast-agent.service";
const ADMIN_UNITS = "/etc/systemd/system";
const UNIT_PATH = `${ADMIN_UNITS}/${UNIT}`;
const WANTED_PATH = `${ADMIN_UNITS}/multi-user.target.wants/${UNIT}`;
const UDEV_RULE = "90-ballast-agent.rules";
const UDEV_RULE_PATH = `/etc/udev/rules.d/${UDEV_RULE}`;
/** Where the executable goes when it is not in a folder of programs yet. */
export const PROGRAM_PATH = "/usr/local/bin/ballast-agent";
/** Where packages put the executable, with its library beside it; programs alone stand in /usr/bin. */
export const PACKAGED_PROGRAM = "/usr/lib/ballast-agent/ballast-agent";

/** The agent leaves all variables of the runtime behind; these never reach it. */
const RUNTIME_VARIABLES = [
  ...["NODE_OPTIONS", "NODE_V8_COVERAGE", "NODE_COMPILE_CACHE", "NODE_EXTRA_CA_CERTS"],
  ...[
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NODE_REDIRECT_WARNINGS",
    "NODE_DEBUG",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
  ],
];

/** A file or a symbolic link, by its absolute path in the system. */
export type ServiceFile =
  | { readonly path: string; readonly content: string | Uint8Array }
  | { readonly path: string; readonly linkTo: string };

/** Everything that `install` may have written, whatever the options were. */
export const SERVICE_PATHS: readonly string[] = [
  WANTED_PATH,
  UDEV_RULE_PATH,
  UNIT_PATH,
  libraryBeside(PROGRAM_PATH),
];

/** The files for an agent at `program` that is started with `runArguments` and has the native `library` inside. */
export function serviceFiles(
  program: string,
  runArguments: readonly string[],
  library: Uint8Array,
): ServiceFile[] {
  const needsNetwork = runArguments.includes("--url");
  const text = `# Written by "ballast-agent install".\n${unitText(program, runArguments, needsNetwork)}`;
  const unit = { path: UNIT_PATH, content: text };
  const rule = { path: UDEV_RULE_PATH, content: RULE };
  const native = { path: libraryBeside(program), content: library };
  // Without a network to wait for, nothing runs before the port is there.
  return needsNetwork
    ? [native, unit, rule, { path: WANTED_PATH, linkTo: `../${UNIT}` }]
    : [native, unit, rule];
}

/** The files of a package: the same service, in the folders of packages. What `install` writes goes before them. */
export function packageFiles(library: Uint8Array): ServiceFile[] {
  return [
    { path: libraryBeside(PACKAGED_PROGRAM), content: library },
    { path: `/usr/lib/systemd/system/${UNIT}`, content: unitText(PACKAGED_PROGRAM, [], false) },
    { path: `/usr/lib/udev/rules.d/${UDEV_RULE}`, content: RULE },
    { path: "/usr/bin/ballast-agent", linkTo: "../lib/ballast-agent/ballast-agent" },
  ];
}

/** Starts the service when the port appears, at boot or later. */
const RULE = `SUBSYSTEM=="virtio-ports", ATTR{name}=="${PORT_NAME}", TAG+="systemd", ENV{SYSTEMD_WANTS}+="${UNIT}"
`;

function unitText(program: string, runArguments: readonly string[], needsNetwork: boolean): string {
  const command = [program, "run", ...runArguments].map(quoted).join(" ");
  const order = needsNetwork ? "Wants=network-online.target\nAfter=network-online.target\n" : "";
  // What options name may lie in a home.
  const needsOptions = runArguments.length > 0;
  const families = needsNetwork ? "AF_UNIX AF_INET AF_INET6 AF_NETLINK" : "AF_UNIX";
  return `[Unit]
Description=Ballast guest agent: reports to the host what this guest's memory is used for
${order}StartLimitIntervalSec=0

[Service]
ExecStart=${command}
Restart=always
RestartSec=2
# Wrong usage stays wrong: it is not tried again.
RestartPreventExitStatus=2

# It works while the guest starves: neither killed, nor swapped out, nor kept waiting for the processor.
OOMScoreAdjust=-999
Nice=-20
LimitMEMLOCK=infinity
MemorySwapMax=0
# A core would hold its token.
LimitCORE=0

# It reads the kernel's figures and speaks over its channel; nothing else is open to it.
# A pressure trigger with a short window needs this one (CAP_SYS_RESOURCE).
CapabilityBoundingSet=CAP_SYS_RESOURCE
NoNewPrivileges=yes
ProtectSystem=strict
${needsOptions ? "ProtectHome=read-only" : "ProtectHome=yes"}
PrivateTmp=yes
PrivateMounts=yes
ProtectProc=invisible
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
# The channel and /dev/urandom, no other device.
DevicePolicy=closed
${devicesOf(runArguments)}SystemCallFilter=@system-service
SystemCallFilter=~@chown @keyring @setuid @resources @privileged
SystemCallErrorNumber=EPERM
# Node and its libraries would obey these.
UnsetEnvironment=${RUNTIME_VARIABLES.join(" ")}
RestrictAddressFamilies=${families}
${needsNetwork ? "" : "PrivateNetwork=yes\nIPAddressDeny=any\n"}RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
KeyringMode=private
UMask=0077

# Not set, each for a reason:
#  User, DynamicUser, PrivateUsers: the port's device is the real root's.
#  PrivateDevices: it would hide that device.
#  ProtectClock: it would open the clock's device; what sets the clock is closed already.
#  ProcSubset: what the guest's memory is used for stands in the files of /proc.
#  MemoryDenyWriteExecute: Node makes code at run time.
#  RootDirectory: the executable needs the system's C library.

[Install]
WantedBy=multi-user.target
`;
}

/**
 * The ports of virtio-serial, by their name in /proc/devices, and the device that `--channel` names. A unix socket is none.
 */
function devicesOf(runArguments: readonly string[]): string {
  const channel = runArguments[runArguments.indexOf("--channel") + 1] ?? "";
  const named = runArguments.includes("--channel") && channel.startsWith("/dev/") ? [channel] : [];
  return ["char-virtio-portsdev", ...named].map((device) => `DeviceAllow=${quoted(device)} rw\n`).join("");
}

/** One word of a command line in a unit (systemd.syntax(7), systemd.service(5) "Command lines"). */
function quoted(word: string): string {
  const escaped = word.replace(/[%$]/g, "$&$&");
  return /^[\w@%+=:,./$[\]-]+$/.test(word) ? escaped : `"${escaped.replace(/["\\]/g, "\\$&")}"`;
}
