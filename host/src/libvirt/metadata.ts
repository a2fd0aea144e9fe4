/**
 * A guest's limits as its admin wrote them into the domain's `<metadata>`:
 * `virsh metadata DOMAIN https://ballast.dev/xmlns/1 --key ballast --set '<guest><min unit="MiB">512</min></guest>' --config --live`. Pure.
 */
import { children, type Element, find, localName, sizeBytes } from "./xml.ts";

/** Namespace of what is ours there. */
export const NAMESPACE = "https://ballast.dev/xmlns/1";
/** As in the config's `shares`. */
const MOST_SHARES = 1_000_000;
/** A label as in the config's `trust`. */
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Absent: not written there. */
export interface DomainSettings {
  readonly minBytes?: number;
  readonly shares?: number;
  readonly trust?: string;
}

export interface ReadSettings {
  readonly settings: DomainSettings;
  /** Of values that make no sense and are left out, in words. */
  readonly problems: readonly string[];
}

/** Reads `<guest>` in the namespace; what makes no sense is left out and told. */
export function readSettings(domain: Element, memoryBytes: number): ReadSettings {
  const guest = children(find(domain, "metadata")).find((one) => localName(one, NAMESPACE) === "guest");
  const texts = new Map(children(guest).map((one) => [localName(one, NAMESPACE) ?? "", one]));
  const minBytes = minOf(texts.get("min"), memoryBytes);
  const shares = sharesOf(texts.get("shares"));
  const trust = LABEL.exec(texts.get("trust")?.text.trim() ?? "")?.[0];
  const settings = {
    ...(minBytes !== undefined && { minBytes }),
    ...(shares !== undefined && { shares }),
    ...(trust !== undefined && { trust }),
  };
  const known = { min: minBytes, shares, trust };
  return { settings, problems: problemsOf([...texts.keys()], known) };
}

const EXPECTED = {
  min: 'a size up to its memory, such as <min unit="MiB">512</min>',
  shares: `a whole number from 0 to ${MOST_SHARES}`,
  trust: 'a label of up to 64 letters, digits, ".", "_" and "-"',
} as const;

type Setting = keyof typeof EXPECTED;

function problemsOf(names: readonly string[], known: Readonly<Record<Setting, unknown>>): string[] {
  return names.flatMap((name) => {
    if (!isSetting(name)) return ["<metadata> has an element in Ballast's namespace that is not known"];
    return known[name] === undefined ? [`<${name}> in <metadata> is not ${EXPECTED[name]}`] : [];
  });
}

function isSetting(name: string): name is Setting {
  return name in EXPECTED;
}

function minOf(element: Element | undefined, memoryBytes: number): number | undefined {
  const bytes = sizeBytes(element);
  return bytes !== undefined && bytes > 0 && bytes <= memoryBytes ? bytes : undefined;
}

function sharesOf(element: Element | undefined): number | undefined {
  const digits = /^\s*(\d{1,7})\s*$/.exec(element?.text ?? "")?.[1];
  return digits !== undefined && Number(digits) <= MOST_SHARES ? Number(digits) : undefined;
}
