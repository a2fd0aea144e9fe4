/** Reads the config file; everything that can go wrong with the file itself is a problem like any other. */
import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import type { KsmtunedRule } from "../model/ksm-settings.ts";
import { type KsmtunedConf, ksmtunedDefaults, parseKsmtunedConf } from "./ksmtuned-conf.ts";
import { type ConfigResult, parseConfig } from "./parse.ts";
import { LONGEST_TEXT } from "./yaml-source.ts";

export const DEFAULT_CONFIG_PATH = "/etc/ballast/ballastd.yaml";

/** A Proxmox host has it. */
const PROXMOX_FOLDER = "/etc/pve";
/** Otherwise a named pipe would delay the open until a writer comes. */
const WITHOUT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;

/** Never rejects. */
export async function loadConfig(path: string): Promise<ConfigResult> {
  const read = await readText(path);
  if (typeof read === "string") return withKsmtuned(parseConfig(read, path));
  return { ok: false, problems: [{ file: path, ...read }], warnings: [] };
}

/** What the config only names: ksmtuned's own file, and which variant this machine has. Trouble with it never keeps the broker from starting. */
async function withKsmtuned(result: ConfigResult): Promise<ConfigResult> {
  if (!result.ok || result.config.ksm.mode !== "ksmtuned") return result;
  const { config, warnings } = result;
  const { ksm, ksmtunedFile: file } = config;
  const isProxmox = config.guessKsmtunedVariant && (await isThere(PROXMOX_FOLDER));
  const { fixes, variant } = ksm.ksmtuned;
  const defaults = { ...ksmtunedDefaults(isProxmox ? "proxmox" : variant), fixes };
  const { rule, problems } = await readKsmtuned(file, defaults);
  return {
    ...result,
    config: { ...config, ksm: { ...ksm, ksmtuned: rule } },
    warnings: [...warnings, ...problems],
  };
}

async function readKsmtuned(file: string | undefined, defaults: KsmtunedRule): Promise<KsmtunedConf> {
  if (file === undefined) return { rule: defaults, problems: [] };
  const read = await readText(file);
  if (typeof read === "string") return parseKsmtunedConf(read, file, defaults);
  const advice = `${read.advice}; ksmtuned's defaults hold`;
  return { rule: defaults, problems: [{ file, message: read.message, advice }] };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readText(path: string): Promise<string | { message: string; advice: string }> {
  try {
    await using file = await open(path, WITHOUT_WAITING);
    const stats = await file.stat();
    if (!stats.isFile()) return { message: "is not a regular file", advice: "name the YAML file itself" };
    if (stats.size > LONGEST_TEXT)
      return { message: "is too large for a config", advice: "name the YAML file itself" };
    const bytes = await file.readFile();
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): { message: string; advice: string } {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ENOENT":
      return { message: "does not exist", advice: "create it, or name another with --config" };
    case "EACCES":
      return { message: "may not be read", advice: "run as root, or allow reading it" };
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return { message: "is not UTF-8 text", advice: "save it as UTF-8" };
    default:
      return { message: `cannot be read (${code || String(error)})`, advice: "check the path" };
  }
}
