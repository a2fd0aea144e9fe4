/** `ballast setup libvirt DOMAIN`: the agent's port in a domain's definition, and the way back. Needs no broker; changes nothing without `--apply`. */
import { loadConfig } from "../../config/load.ts";
import { formatProblem } from "../../config/problem.ts";
import { UsageError } from "../../exit.ts";
import { addressFor } from "../../libvirt/address.ts";
import { LibvirtClient } from "../../libvirt/rpc/client.ts";
import { defineXml, domainXml, findByName, isPersistent } from "../../libvirt/rpc/domains.ts";
import { LibvirtConnectError, LibvirtError } from "../../libvirt/rpc/errors.ts";
import type { Caller } from "../../libvirt/rpc/procedures.ts";
import { type SetupEdit, withAgentPort, withoutAgentPort } from "../../libvirt/setup.ts";
import { harmlessText } from "../../model/foreign-text.ts";
import { shellQuoted } from "../format/shell.ts";
import { printJson, type Terminal } from "../terminal.ts";

export interface SetupLibvirtOptions {
  readonly apply?: boolean;
  readonly remove?: boolean;
  /** The broker's config: it names the libvirt. */
  readonly config: string;
  readonly json?: boolean;
}

/** Rejects with an error whose message tells what to do. */
export async function setupLibvirt(
  name: string,
  options: SetupLibvirtOptions,
  terminal: Terminal,
): Promise<void> {
  const client = await connected(options.config);
  try {
    const { edit, isRunning } = await lookAt(client, name, options.remove === true);
    if (edit !== undefined && options.apply === true) await defineXml(client, edit.xml);
    const shown = { name, edit, isRunning, ...options };
    if (options.json) printJson(terminal, libvirtSetupJson(shown));
    else for (const line of toLines(shown)) terminal.out(line);
  } catch (error) {
    throw error instanceof LibvirtError ? inWords(error) : error;
  } finally {
    await client.close();
  }
}

async function connected(configPath: string): Promise<LibvirtClient> {
  const result = await loadConfig(configPath);
  if (!result.ok) throw new UsageError(result.problems.map(formatProblem).join("\n"));
  const { uri, socketPaths } = addressFor(result.config.inventories.libvirt.target);
  let last: LibvirtError | undefined;
  for (const path of socketPaths) {
    const client = new LibvirtClient({ path, uri });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (!(error instanceof LibvirtConnectError))
        throw error instanceof LibvirtError ? inWords(error) : error;
      last = error;
    }
  }
  throw last === undefined ? new UsageError("guests.libvirt.uri names no socket") : inWords(last);
}

export interface Found {
  readonly edit: SetupEdit | undefined;
  readonly isRunning: boolean;
}

async function lookAt(caller: Caller, name: string, remove: boolean): Promise<Found> {
  const domain = await findByName(caller, name);
  const shown = harmlessText(name);
  if (domain === undefined) throw new UsageError(`libvirt knows no domain ${shown}; see virsh list --all`);
  if (!(await isPersistent(caller, domain)))
    throw new UsageError(
      `${shown} has no persistent definition: add the port to the XML that it is started from, as host/docs/libvirt.md shows`,
    );
  const definition = await domainXml(caller, domain, "definition");
  return {
    edit: remove ? withoutAgentPort(definition) : withAgentPort(definition),
    isRunning: domain.id >= 0,
  };
}

/** What was found, and what is wanted. */
export interface Shown extends Found, SetupLibvirtOptions {
  readonly name: string;
}

/** For programs. */
export function libvirtSetupJson({ name, edit, isRunning, remove = false, apply = false }: Shown): object {
  return {
    domain: name,
    direction: remove ? "remove" : "set-up",
    running: isRunning,
    applied: apply && edit !== undefined,
    ...(edit !== undefined && { xml: edit.fragment }),
    waitsForRestart: edit !== undefined && isRunning,
  };
}

function toLines({ name, edit, isRunning, remove = false, apply = false }: Shown): string[] {
  const shown = harmlessText(name);
  if (edit === undefined)
    return [
      remove
        ? `${shown}: its definition has nothing that ballast setup added.`
        : `${shown}: its definition has the agent's port already.`,
    ];
  const done = remove ? "was taken out of" : "was added to";
  const todo = remove ? "is to be taken out of" : "is to be added to";
  const command = `ballast setup libvirt ${shellQuoted(name)}${remove ? " --remove" : ""} --apply`;
  return [
    `${shown}: this ${apply ? done : todo} <devices> of its persistent definition:`,
    ...edit.fragment
      .trimEnd()
      .split("\n")
      .map((line) => `  ${harmlessText(line)}`),
    ...(isRunning
      ? ["It takes hold when the domain is shut down and started; a reboot from inside is not enough."]
      : []),
    ...(apply ? [] : [`Nothing is changed yet. To do it: ${command}`]),
  ];
}

function inWords(error: LibvirtError): Error {
  return new Error(error.inWords, { cause: error });
}
