/** The broker's configuration: YAML with the admin's slips. */
import { parseConfig } from "../../../host/src/config/parse.ts";
import { bytesOf, type FuzzTarget, promise, textOf } from "../target.ts";

const MOST_PROBLEMS = 1000;

export const target: FuzzTarget = {
  seeds: [
    "mode: act\nbudget: 80%\nguests:\n  web1:\n    qmp: /run/web1.qmp\n    agent: /run/web1.agent\n    min: 256 MiB\n    max: 2 GiB\n    shares: 1000\n",
    "mode: observe\nguests:\n  proxmox: auto\n  qemu: auto\n  libvirt: qemu:///system\n  overrides:\n    qemu/100:\n      trust: strict\n",
    "ksm:\n  mode: adaptive\ncontrol:\n  http: 127.0.0.1:8080\nwebsocket:\n  listen: 0.0.0.0:8443\n  certificate: /a\n  key: /b\n",
    "fleet:\n  nats: nats://10.0.0.1:4222\nhistory:\n  path: /var/lib/ballast\n",
  ].map(bytesOf),
  words: [
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "? ",
    "---\n",
    "...\n",
    "|\n",
    ">\n",
    "  ",
    "- ",
    ": ",
    "{",
    "[",
    "#",
    "%YAML 1.1\n",
    "\t",
    "0x",
    ".inf",
    "1e400",
  ],
  run: (untrustedBytes) => {
    const result = parseConfig(textOf(untrustedBytes), "ballastd.yaml");
    const { length } = result.ok ? result.warnings : result.problems;
    promise(length <= MOST_PROBLEMS, `${length} problems are told`);
    promise(result.ok || length > 0, "a config is refused without a reason");
  },
};
