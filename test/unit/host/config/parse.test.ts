import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ksmtunedDefaults } from "../../../../host/src/config/ksmtuned-conf.ts";
import { parseConfig } from "../../../../host/src/config/parse.ts";
import { formatProblem } from "../../../../host/src/config/problem.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import { DEFAULT_TUNING } from "../../../../host/src/model/settings.ts";

const example = fileURLToPath(new URL("../../../../host/packaging/ballastd.yaml", import.meta.url));

function problemsOf(text: string): string[] {
  const result = parseConfig(text, "f");
  return result.ok ? [] : result.problems.map(formatProblem);
}

function configOf(text: string) {
  const result = parseConfig(text, "f");
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.config;
}

const guest = (fields: string) => `guests:\n  static:\n    - { ${fields} }\n`;

/** What an admin may get wrong, and the line that tells so. */
const BAD: readonly (readonly [string, string, readonly string[]])[] = [
  ["a misspelt key", "mode: act\nmodee: x\n", ['f:2:1: modee: unknown key; did you mean "mode"?']],
  [
    "a key of nowhere",
    "host:\n  budget: auto\n  colour: red\n",
    ["f:3:3: host.colour: unknown key; known here: budget, reserve, accounting"],
  ],
  [
    "several unknown keys",
    "host: { budgte: auto, resreve: auto }\n",
    [
      'f:1:9: host.budgte: unknown key; did you mean "budget"?',
      'f:1:23: host.resreve: unknown key; did you mean "reserve"?',
    ],
  ],
  ["a duplicate key", "mode: act\nmode: act\n", ["f:2:1: this key is already there; keep one of the two"]],
  ["a tab", "host:\n\tbudget: auto\n", ["f:2:1: a tab is used to indent; indent with spaces"]],
  [
    "a wrong choice",
    "mode: atc\n",
    ['f:1:7: mode: "atc" is not a choice here; did you mean act? (observe, act)'],
  ],
  [
    "a choice far off",
    "host:\n  accounting: 7\n",
    ["f:2:15: host.accounting: 7 is not a choice here; write one of resident, strict"],
  ],
  [
    "a decimal unit",
    "host:\n  budget: 48GB\n",
    ['f:2:11: host.budget: "48GB" has no binary unit; write 48GiB (sizes are binary: 1GiB = 1024MiB)'],
  ],
  [
    "a forgotten unit",
    "host:\n  reserve: 512\n",
    ["f:2:12: host.reserve: 512 without a unit means bytes, less than 1MiB; write 512MiB if that is meant"],
  ],
  [
    "a share above all",
    "host:\n  budget: 120%\n",
    ['f:2:11: host.budget: "120%" is out of range; write a share above 0% and up to 100%'],
  ],
  [
    "a list for a size",
    "host:\n  budget: [1]\n",
    ["f:2:11: host.budget: a list does not fit here; write for example 48GiB, 80%, auto"],
  ],
  [
    "a scalar for a map",
    "host: 3\n",
    ["f:1:7: host: expected a map of keys, found 3; write keys beneath it: budget, reserve, accounting"],
  ],
  [
    "a map for the list of guests",
    "guests:\n  static: { name: web1 }\n",
    ['f:2:11: guests.static: expected a list, found a map; write a list, each entry beginning with "- "'],
  ],
  [
    "a guest without monitor",
    guest("name: web1"),
    ["f:3:7: guests.static[0].qmp: is missing; write for example /run/vm/web1.qmp"],
  ],
  [
    "an empty value that must be there",
    guest("name: web1, qmp: "),
    ["f:3:21: guests.static[0].qmp: is missing; write for example /run/vm/web1.qmp"],
  ],
  [
    "a number for a name",
    guest("name: 100, qmp: /a"),
    ['f:3:15: guests.static[0].name: expected text, found 100; put it in quotes: "100"'],
  ],
  [
    "a name with a slash",
    guest("name: a/b, qmp: /a"),
    [
      'f:3:15: guests.static[0].name: "a/b" is not a valid guest name; write 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit',
    ],
  ],
  [
    "a relative socket",
    guest("name: a, qmp: run/a"),
    ['f:3:23: guests.static[0].qmp: "run/a" is a relative path; write it from the root, beginning with /'],
  ],
  [
    "a socket path too long for the kernel",
    guest(`name: a, qmp: /${"x".repeat(107)}`),
    [
      "f:3:23: guests.static[0].qmp: the socket path is 108 bytes long; write at most 107 bytes, the kernel's limit (move the socket to a shorter folder)",
    ],
  ],
  [
    "negative shares",
    guest("name: a, qmp: /a, shares: -1"),
    ["f:3:35: guests.static[0].shares: -1 is too small; write at least 0"],
  ],
  [
    "broken shares",
    guest("name: a, qmp: /a, shares: 1.5"),
    ["f:3:35: guests.static[0].shares: expected a whole number, found 1.5; write for example 1000"],
  ],
  [
    "a maximum of nothing",
    guest("name: a, qmp: /a, max: 0"),
    [
      "f:3:32: guests.static[0].max: 0 leaves the guest no memory; write a size such as 2GiB, or auto for the guest's full size",
    ],
  ],
  [
    "min above max",
    guest("name: a, qmp: /a, min: 2GiB, max: 1GiB"),
    ["f:3:32: guests.static[0].min: min is above max; write a min that is at most max"],
  ],
  [
    "min above the default max",
    `${guest("name: a, qmp: /a, min: 2GiB")}  defaults: { max: 1GiB }\n`,
    ["f:3:32: guests.static[0].min: min is above the default max; write a min that is at most max"],
  ],
  [
    "max below the default min",
    guest("name: a, qmp: /a, max: 10%"),
    ["f:3:32: guests.static[0].max: max is below the default min; write this guest's min too"],
  ],
  [
    "crossed defaults",
    "guests: { defaults: { min: 50%, max: 40% } }\n",
    ["f:1:28: guests.defaults.min: min is above max; write a min that is at most max"],
  ],
  [
    "two guests of one name",
    "guests:\n  static:\n    - { name: a, qmp: /a }\n    - { name: a, qmp: /b }\n",
    [
      'f:4:15: guests.static[1].name: the name "a" is already guest 1 of this list; give each guest its own name',
    ],
  ],
  [
    "one socket for two guests",
    "guests:\n  static:\n    - { name: a, qmp: /a }\n    - { name: b, qmp: /b, agent: /a }\n",
    ['f:4:34: guests.static[1].agent: the same socket as qmp of "a"; give each its own socket'],
  ],
  [
    "the broker's own socket for a guest",
    guest("name: a, qmp: /run/ballast/control.sock"),
    ["f:3:23: guests.static[0].qmp: the same socket as control.socket; give each its own socket"],
  ],
  [
    "a duration without unit",
    "tuning:\n  tick: 5\n",
    ['f:2:9: tuning.tick: "5" has no unit; write 5s or 5ms'],
  ],
  [
    "a tick too short",
    "tuning: { tick: 1ms }\n",
    ["f:1:17: tuning.tick: 1ms is too short; write at least 50ms"],
  ],
  [
    "a relative folder",
    "state: ./x\n",
    ['f:1:8: state: "./x" is a relative path; write it from the root, beginning with /'],
  ],
  [
    "libvirt of another host",
    "guests: { libvirt: { uri: qemu+ssh://host/system } }\n",
    [
      'f:1:27: guests.libvirt.uri: "qemu+ssh://host/system" is no libvirt on this host that runs QEMU; write qemu:///system, qemu:///session, or qemu:///system?socket=PATH',
    ],
  ],
  [
    "HTTP for others",
    "control:\n  http: 0.0.0.0:7780\n",
    [
      "f:2:9: control.http: others than this machine could read all guests' figures there; listen on 127.0.0.1 or [::1], and put a proxy with a password before it",
    ],
  ],
  [
    "tokens that would be readable on the network",
    'agents:\n  websocket: { listen: "0.0.0.0:7781" }\n',
    [
      "f:2:24: agents.websocket.listen: without tls, agents' tokens would cross the network readable; write tls: { cert: …, key: … }, listen on 127.0.0.1, or write insecure: true",
    ],
  ],
  [
    "a name to listen on",
    'agents:\n  websocket: { listen: "host:7781" }\n',
    [
      'f:2:24: agents.websocket.listen: "host:7781" is not an address to listen on; write an address and a port, such as "0.0.0.0:7781", "127.0.0.1:7781" or "[::]:7781"',
    ],
  ],
  [
    "a port out of range",
    'agents:\n  websocket: { listen: "127.0.0.1:77810" }\n',
    [
      'f:2:24: agents.websocket.listen: "127.0.0.1:77810" has no port from 1 to 65535; write an address and a port, such as "0.0.0.0:7781", "127.0.0.1:7781" or "[::]:7781"',
    ],
  ],
  [
    "a certificate without its key",
    'agents:\n  websocket: { listen: "[::]:7781", tls: { cert: /c } }\n',
    ["f:2:42: agents.websocket.tls.key: is missing; write for example /etc/ballast/tls/key.pem"],
  ],
  [
    "an alias",
    "mode: &m act\nonStop: *m\n",
    ["f:2:9: aliases (*name) are not supported here; write the value itself"],
  ],
  ["a tag", "mode: !x act\n", ["f:1:7: tags (!name) are not supported here; write the plain value"]],
  [
    "a second document",
    "mode: act\n---\nmode: act\n",
    ["f:2:1: a second document begins here; remove the line ---"],
  ],
  ["an open quote", "mode: 'act\n", ["f:1:10: a quote or bracket is not closed; close it"]],
  [
    "a missing space after the colon",
    "mode:act\nhost:\n  budget: auto\n",
    ['f:1:1: a key without its ": "; write "key: value", with a space after the colon'],
  ],
  ["nonsense nested without end", "[".repeat(100_000), ["f:1:"]],
];

describe("parseConfig", () => {
  it.each(BAD)("explains %s", (_, text, expected) => {
    const problems = problemsOf(text);
    if (text.startsWith("[")) expect(problems[0]).toContain("nested too deeply");
    else expect(problems).toEqual(expected);
  });

  it("tells several problems at once, from top to bottom", () => {
    const lines = problemsOf("nonsense: 1\nmode: x\nhost: { budget: 1GB }\nlog: { level: loud }\n");
    expect(lines.map((line) => line.split(":")[1])).toEqual(["1", "2", "3", "4"]);
  });

  it("says what kind of file it wants when it gets another", () => {
    for (const text of ["- a\n", "hello\n", "3\n"]) {
      expect(problemsOf(text)[0]).toMatch(/^f:1:1: config: expected a map of keys, found /);
    }
  });

  it("survives any bytes", () => {
    for (const text of [
      "\u0000",
      "{",
      "}",
      "? ",
      ": ",
      "&",
      "*",
      "!",
      "%",
      "@",
      "`",
      "\ufeff",
      "a: \u0000\u001b[2J",
      "__proto__: 1",
      "? {a: 1}\n: 2",
    ]) {
      expect(() => parseConfig(text, "f")).not.toThrow();
    }
  });

  it("gives the documented defaults to an empty file, observing only", () => {
    const result = parseConfig("", "f");
    expect(result).toEqual({
      ok: true,
      written: { isEmpty: true, hasMode: false, endsInLineBreak: false },
      config: {
        policy: {
          mode: "observe",
          budget: { kind: "auto" },
          reserve: { kind: "auto" },
          accounting: "resident",
          onAgentLoss: "hold",
          tuning: DEFAULT_TUNING,
        },
        tickMs: 1000,
        controlSocket: "/run/ballast/control.sock",
        guests: [],
        inventories: {
          defaults: { min: { kind: "percent", percent: 25 }, max: { kind: "auto" }, shares: 1000 },
          overrides: {},
          libvirt: { use: "auto", target: { scope: "system" } },
          proxmox: { use: "auto", folder: "/etc/pve" },
          qemu: { use: false },
        },
        allowRemoval: false,
        stateDir: "/var/lib/ballast",
        historyMostBytes: GIB,
        onStop: "hold",
        logLevel: "info",
        ksm: {
          ...{ mode: "observe", folder: "/sys/kernel/mm/ksm", intervalMs: 5000 },
          ...{ minCpuPercent: 1, maxCpuPercent: 50, ksmtuned: ksmtunedDefaults("debian") },
        },
        guessKsmtunedVariant: true,
      },
      warnings: [],
    });
  });

  it("warns that there are no guests where none can be found either", () => {
    const text = "guests: { proxmox: { enabled: false }, libvirt: { enabled: false } }\n";
    expect(parseConfig(text, "f").warnings).toEqual([
      expect.objectContaining({ message: "no guests: there is nothing to manage" }),
    ]);
  });

  it("reads what is said of guests that are found", () => {
    const text = "guests:\n  overrides:\n    qemu/100: { shares: 2000, min: 1GiB, qmpMode: own }\n";
    expect(configOf(text).inventories.overrides).toEqual({
      "qemu/100": { shares: 2000, min: { kind: "bytes", bytes: 1024 * MIB }, qmpMode: "own" },
    });
  });

  it("treats a section with nothing beneath as left out", () => {
    expect(configOf("host:\nguests:\n  defaults:\n")).toEqual(configOf(""));
  });

  it("reads a guest with everything and fills in the others' defaults", () => {
    const { guests } = configOf(
      "guests:\n  defaults: { min: 10%, shares: 5 }\n  static:\n" +
        "    - { name: web1, qmp: /a, agent: /b, min: 512MiB, max: 2GiB, shares: 2000 }\n" +
        "    - { name: db1, qmp: /c, min: auto }\n    - { name: x, qmp: /d }\n",
    );
    expect(guests).toEqual([
      {
        name: "web1",
        source: "static",
        qmpPath: "/a",
        agentPath: "/b",
        min: { kind: "bytes", bytes: 512 * MIB },
        max: { kind: "bytes", bytes: 2 * GIB },
        shares: 2000,
      },
      {
        name: "db1",
        source: "static",
        qmpPath: "/c",
        min: { kind: "percent", percent: 25 },
        max: { kind: "auto" },
        shares: 5,
      },
      {
        name: "x",
        source: "static",
        qmpPath: "/d",
        min: { kind: "percent", percent: 10 },
        max: { kind: "auto" },
        shares: 5,
      },
    ]);
  });

  it("reads how agents are listened to over WebSocket", () => {
    const websocketOf = (fields: string) => configOf(`agents: { websocket: { ${fields} } }\n`).websocket;
    expect(websocketOf('listen: "0.0.0.0:7781", tls: { cert: /c, key: /k }, tokens: /t')).toEqual({
      host: "0.0.0.0",
      port: 7781,
      tls: { certPath: "/c", keyPath: "/k" },
      tokensPath: "/t",
    });
    for (const listen of ["127.0.0.1:1", "[::1]:2", "localhost:3"])
      expect(websocketOf(`listen: "${listen}"`)).toMatchObject({ tokensPath: "/etc/ballast/tokens.yaml" });
    expect(websocketOf('listen: "10.0.0.1:7781", insecure: true')).toMatchObject({ host: "10.0.0.1" });
    expect(configOf("agents: { websocket: null }\n").websocket).toBeUndefined();
  });

  it("reads the policy's figures as people write them", () => {
    const { tickMs, policy } = configOf(
      "tuning: { tick: 250ms, staleAfter: 2m, headroom: 128MiB, comfortPercent: 0.5 }\n",
    );
    expect(tickMs).toBe(250);
    expect(policy.tuning).toEqual({
      ...DEFAULT_TUNING,
      staleAfterMs: 120_000,
      headroomBytes: 128 * MIB,
      comfortPercent: 0.5,
    });
  });

  it("reads how KSM is to be steered", () => {
    const { ksm, ksmtunedFile } = configOf(
      "ksm: { mode: ksmtuned, interval: 10s, maxCpuPercent: 20, trust: a, ksmtuned: { file: /k, variant: proxmox, fixes: [reset] } }",
    );
    expect(ksm).toMatchObject({ mode: "ksmtuned", intervalMs: 10_000, maxCpuPercent: 20, trust: "a" });
    expect(ksm.ksmtuned).toMatchObject({ variant: "proxmox", metric: "pss", sleepMs: 100, fixes: ["reset"] });
    expect(ksmtunedFile).toBe("/k");
  });

  it("refuses a least share of a processor above the most", () => {
    expect(problemsOf("ksm: { minCpuPercent: 60 }")).toEqual([
      "f:1:23: ksm.minCpuPercent: minCpuPercent is above maxCpuPercent; write at most maxCpuPercent",
    ]);
  });

  it("accepts the packaged example, which says nothing but defaults", () => {
    const text = readFileSync(example, "utf8");
    expect(problemsOf(text)).toEqual([]);
    expect(configOf(text)).toEqual(configOf(""));
  });
});
