/**
 * The agent's port in a domain's definition, added and taken out again. What is added carries aliases of ours (libvirt keeps an admin's own
 * that begin with `ua-`), so that exactly that can be found and taken out. Pure.
 */
import { AGENT_PORT, isAgentPort } from "./domain-xml.ts";
import { LibvirtXmlError } from "./rpc/errors.ts";
import { attribute, children, type Element, find, parseRoot } from "./xml.ts";

const PORT_ALIAS = "ua-ballast-agent";
const CONTROLLER_ALIAS = "ua-ballast-serial";
const END_TAG = "</devices>";

/** A definition that was edited. */
export interface SetupEdit {
  /** The whole definition. */
  readonly xml: string;
  /** What is added or taken out. */
  readonly fragment: string;
}

/** `undefined`: it has a port already. Throws a `LibvirtXmlError`. */
export function withAgentPort(definition: string): SetupEdit | undefined {
  const devices = devicesOf(definition);
  if (children(devices, "channel").some(isAgentPort)) return undefined;
  const hasController = children(devices, "controller").some(isSerialController);
  const fragment = [...(hasController ? [] : CONTROLLER), ...PORT].map((line) => `${line}\n`).join("");
  const at = devices.end - END_TAG.length;
  if (definition.slice(at, devices.end) !== END_TAG)
    throw new LibvirtXmlError("the definition has an empty <devices>");
  return { xml: definition.slice(0, at) + fragment + definition.slice(at), fragment };
}

/** `undefined`: there is nothing that {@link withAgentPort} added. Throws a `LibvirtXmlError`. */
export function withoutAgentPort(definition: string): SetupEdit | undefined {
  const devices = devicesOf(definition);
  const port = children(devices, "channel").find((one) => aliasOf(one) === PORT_ALIAS);
  const controller = children(devices, "controller").find((one) => aliasOf(one) === CONTROLLER_ALIAS);
  const isNeeded = children(devices).some((device) => device !== port && usesController(device, controller));
  const ours = [port, ...(isNeeded ? [] : [controller])].filter((one) => one !== undefined);
  if (ours.length === 0) return undefined;
  const inOrder = ours.sort((a, b) => a.start - b.start);
  const fragment = inOrder.map(({ start, end }) => `${definition.slice(start, end)}\n`).join("");
  // From the end, so that what stands before keeps its place.
  const xml = inOrder.reduceRight(
    (rest, { start, end }) => rest.slice(0, start) + rest.slice(end),
    definition,
  );
  return { xml, fragment };
}

const CONTROLLER = [
  "<controller type='virtio-serial' index='0'>",
  `  <alias name='${CONTROLLER_ALIAS}'/>`,
  "</controller>",
];
const PORT = [
  "<channel type='unix'>",
  `  <target type='virtio' name='${AGENT_PORT}'/>`,
  `  <alias name='${PORT_ALIAS}'/>`,
  "</channel>",
];

function devicesOf(definition: string): Element {
  const devices = find(parseRoot(definition, "domain"), "devices");
  if (devices === undefined) throw new LibvirtXmlError("the definition has no <devices>");
  return devices;
}

function isSerialController(controller: Element): boolean {
  return attribute(controller, "type") === "virtio-serial";
}

function aliasOf(device: Element): string | undefined {
  return attribute(find(device, "alias"), "name");
}

/** Channels and consoles name the controller that they are behind. */
function usesController(device: Element, controller: Element | undefined): boolean {
  const address = find(device, "address");
  return (
    attribute(address, "type") === "virtio-serial" &&
    attribute(address, "controller") === attribute(controller, "index")
  );
}
