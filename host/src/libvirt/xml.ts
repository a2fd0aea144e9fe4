/** XML of libvirt, read: bounded, without entities beyond XML's five, and by name. Pure. */
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { LibvirtXmlError } from "./rpc/errors.ts";
import { XML_BYTES } from "./rpc/wire.ts";

/** An element, as the parser gives it. */
export type Element = XmlElement;

/** The root element, which must be `<name>`, with offsets into the text; throws a `LibvirtXmlError`. */
export function parseRoot(untrustedXml: string, name: string): Element {
  if (untrustedXml.length > XML_BYTES)
    throw new LibvirtXmlError(`the XML is ${untrustedXml.length} characters long, more than ${XML_BYTES}`);
  const root = parsed(untrustedXml);
  if (root?.name !== name) throw new LibvirtXmlError(`the XML has no <${name}>`);
  return root;
}

function parsed(untrustedXml: string): Element | null {
  try {
    return parseXml(untrustedXml, { includeOffsets: true }).root;
  } catch (error) {
    // An `XmlError`, or a `RangeError` where elements are nested by the thousand.
    throw new LibvirtXmlError("the XML cannot be parsed", error);
  }
}

/** Elements directly below, of a name or all. */
export function children(parent: Element | undefined, name?: string): Element[] {
  const elements = (parent?.children ?? []).filter((node) => node instanceof XmlElement);
  return name === undefined ? elements : elements.filter((element) => element.name === name);
}

/** The first element at the end of a path of names. */
export function find(from: Element | undefined, ...path: readonly string[]): Element | undefined {
  return path.reduce((parent, name) => children(parent, name)[0], from);
}

export function attribute(element: Element | undefined, name: string): string | undefined {
  return element?.attributes[name];
}

/** What an element's name is in a namespace; `undefined` where it is of another. Prefixes are looked up in it and in what holds it. */
export function localName(element: Element, namespace: string): string | undefined {
  const [prefix, local] = element.name.includes(":") ? element.name.split(":", 2) : ["", element.name];
  const declaration = prefix === "" ? "xmlns" : `xmlns:${prefix}`;
  for (let holder: unknown = element; holder instanceof XmlElement; holder = holder.parent) {
    const declared = holder.attributes[declaration];
    if (declared !== undefined) return declared === namespace ? local : undefined;
  }
  return undefined;
}

/** Factors of libvirt's units (`virScaleInteger` in `src/util/virutil.c`). */
const UNITS: Readonly<Record<string, number>> = {
  ...{ b: 1, bytes: 1, kb: 1e3, k: 2 ** 10, kib: 2 ** 10, mb: 1e6, m: 2 ** 20, mib: 2 ** 20 },
  ...{ gb: 1e9, g: 2 ** 30, gib: 2 ** 30, tb: 1e12, t: 2 ** 40, tib: 2 ** 40 },
};

/** A size such as `<memory unit='MiB'>512</memory>`, in bytes; KiB where no unit is given. */
export function sizeBytes(element: Element | undefined): number | undefined {
  const digits = /^\s*(\d{1,16})\s*$/.exec(element?.text ?? "")?.[1];
  const factor = UNITS[(attribute(element, "unit") ?? "KiB").toLowerCase()];
  const bytes = Number(digits) * (factor ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
