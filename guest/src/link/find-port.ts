/** Finds a virtio-serial port by its name, with or without udev. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "./small-file.ts";

export const PORT_NAME = "org.ballast.agent.0";
/** A guest has at most 512 ports on 32 devices; more folders than this are not looked at. */
const MAX_PORTS = 1024;
/** The kernel's limit for one attribute: a page. */
const LONGEST_NAME_BYTES = 4096;

export type PortSearch =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly problem: string };

/** Looks through `<sysRoot>/class/virtio-ports`; the device node is expected in `devRoot`. */
export function findPort(sysRoot: string, devRoot: string, name = PORT_NAME): PortSearch {
  const folder = join(sysRoot, "class/virtio-ports");
  const port = listPorts(folder).find((each) => portName(join(folder, each, "name")) === name);
  if (port === undefined) {
    return {
      found: false,
      problem: `no virtio-serial port named ${name}: add the channel to this VM, and load virtio_console in the guest`,
    };
  }
  const path = join(devRoot, port);
  if (existsSync(path)) return { found: true, path };
  return {
    found: false,
    problem: `port ${name} is there as ${port}, but ${path} is missing: mount devtmpfs on ${devRoot} or run udev or mdev`,
  };
}

function listPorts(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, MAX_PORTS);
  } catch {
    return [];
  }
}

function portName(file: string): string | undefined {
  try {
    return readSmallFile(file, LONGEST_NAME_BYTES).bytes.toString("latin1").trim();
  } catch {
    return undefined;
  }
}
