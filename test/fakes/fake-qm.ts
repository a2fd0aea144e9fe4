/**
 * `qm set` of Proxmox VE on a file: the parts of `PVE::QemuServer` that set, delete and revert `args`, `shares` and `balloon`, with the
 * pending section of a running guest. Run as a program it edits `$FAKE_PVE/nodes/NODE/qemu-server/VMID.conf`.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Set at once, also in a running guest. */
const FAST_PLUGGED = new Set(["shares", "name", "onboot", "tags"]);
const KNOWN = new Set(["args", "shares", "balloon", "memory"]);

interface Section {
  readonly header: string;
  readonly notes: string[];
  readonly values: Map<string, string>;
}

function parse(text: string): Section[] {
  const sections: Section[] = [{ header: "", notes: [], values: new Map() }];
  for (const line of text.split("\n")) {
    const section = sections.at(-1);
    const setting = /^([a-z][\w-]*):\s*(.*\S)\s*$/.exec(line);
    if (/^\[.*\]\s*$/.test(line)) sections.push({ header: line.trim(), notes: [], values: new Map() });
    else if (line.startsWith("#")) section?.notes.push(line);
    else if (setting?.[1] !== undefined) section?.values.set(setting[1], setting[2] ?? "");
  }
  return sections;
}

function render(sections: readonly Section[]): string {
  return sections
    .filter(({ header, values }) => header.toLowerCase() !== "[pending]" || values.size > 0)
    .map(({ header, notes, values }) => {
      const lines = [...values]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key}: ${value}`);
      return [...(header === "" ? [] : ["", header]), ...notes, ...lines].map((line) => `${line}\n`).join("");
    })
    .join("");
}

/** The configuration after `qm set VMID OPTIONS…`; throws with the words of the real one. */
export function qmSet(text: string, options: readonly string[], isRunning: boolean): string {
  const sections = parse(text);
  const [current, ...rest] = sections;
  if (current === undefined) throw new Error("no configuration");
  let pending = rest.find(({ header }) => header.toLowerCase() === "[pending]");
  if (pending === undefined) {
    pending = { header: "[PENDING]", notes: [], values: new Map() };
    sections.splice(1, 0, pending);
  }
  const { values } = current;
  const waiting = pending.values;
  const deleted = new Set((waiting.get("delete") ?? "").split(",").filter((key) => key !== ""));
  const { digest, sets, deletes, reverts } = parseOptions(options);
  if (digest !== undefined && digest !== createHash("sha1").update(text).digest("hex"))
    throw new Error("checksum mismatch (file change by other user?)");
  const lock = values.get("lock");
  if (lock !== undefined) throw new Error(`VM is locked (${lock})`);
  for (const key of reverts) {
    const value = values.get(key);
    if (value !== undefined) sets.set(key, value);
    else if (waiting.has(key)) deletes.push(key);
  }
  for (const key of deletes) {
    if (!values.has(key) && !waiting.has(key)) continue;
    waiting.delete(key);
    deleted.add(key);
  }
  for (const [key, value] of sets) {
    waiting.set(key, value);
    deleted.delete(key);
  }
  const apply = (isMeant: (key: string) => boolean) => {
    for (const key of [...deleted].filter((one) => !values.has(one) || isMeant(one))) {
      deleted.delete(key);
      values.delete(key);
    }
    for (const [key, value] of [...waiting].filter(([one]) => one !== "delete")) {
      if (value !== values.get(key) && !isMeant(key)) continue;
      values.set(key, value);
      waiting.delete(key);
    }
  };
  apply((key) => !isRunning || FAST_PLUGGED.has(key));
  waiting.delete("delete");
  if (deleted.size > 0) waiting.set("delete", [...deleted].sort().join(","));
  return render(sections);
}

/** What Proxmox does when it starts a guest: all that waits takes hold. */
export function qmStart(text: string): string {
  return qmSet(text, [], false);
}

function parseOptions(options: readonly string[]) {
  const found = {
    digest: undefined as string | undefined,
    sets: new Map<string, string>(),
    deletes: [] as string[],
    reverts: [] as string[],
  };
  for (let i = 0; i < options.length; i += 2) {
    const key = options[i]?.replace(/^--/, "") ?? "";
    const value = options[i + 1];
    if (value === undefined) throw new Error(`Option ${key} requires an argument`);
    if (key === "digest") found.digest = value;
    else if (key === "delete") found.deletes.push(...value.split(","));
    else if (key === "revert") found.reverts.push(...value.split(","));
    else if (KNOWN.has(key)) found.sets.set(key, value);
    else throw new Error(`Unknown option: ${key}`);
  }
  return found;
}

/** Keeps each command in `$FAKE_PVE/qm.log`; `$FAKE_PVE/running/VMID` makes a guest run; `$FAKE_PVE/fail` makes the next command fail. */
function main([verb = "", vmid = "", ...options]: readonly string[]): void {
  const root = process.env["FAKE_PVE"] ?? "";
  appendFileSync(join(root, "qm.log"), `${JSON.stringify([verb, vmid, ...options])}\n`);
  const node = basename(readlinkSync(join(root, "local")));
  const path = join(root, "nodes", node, "qemu-server", `${vmid}.conf`);
  if (verb !== "set") throw new Error(`unknown command 'qm ${verb}'`);
  if (!existsSync(path)) throw new Error(`Configuration file '${path}' does not exist`);
  if (existsSync(join(root, "fail"))) throw new Error(readFileSync(join(root, "fail"), "utf8"));
  writeFileSync(path, qmSet(readFileSync(path, "utf8"), options, existsSync(join(root, "running", vmid))));
  process.stdout.write(`update VM ${vmid}: ${options.join(" ").replace(/^-/, "")}\n`);
}

if (import.meta.main) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 255;
  }
}
