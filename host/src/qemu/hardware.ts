/** The parts of a guest that rarely change: balloon device, passed-through devices, kind of memory; queried once and then from time to time. */

import type { Merging } from "../model/ksm.ts";
import type { QmpExecutor } from "../qmp/client.ts";
import { type QomEntry, qomGet, qomList, queryBlockJobTypes, queryNetworkTypes } from "../qmp/commands.ts";
import { type MemorySize, queryMemorySize } from "./memory-size.ts";
import { surveyMerging, unlessRefused } from "./merging.ts";
import { readPollingSeconds } from "./stats-polling.ts";

/** Memory backends looked at; a guest has one for each NUMA node and hot-plugged module. */
const MAX_BACKENDS = 64;
const DEVICE_FOLDERS = ["/machine/peripheral", "/machine/peripheral-anon"];

export interface BalloonDevice {
  /** QOM path of the object with the property `guest-stats`. */
  readonly path: string;
  /** QOM path of the virtio device itself: for PCI and CCW a child of the former. */
  readonly virtioPath: string;
  /** Seconds between two answers of the driver; 0: no statistics are polled. */
  readonly pollingSeconds: number;
}

export interface Hardware {
  readonly balloon?: BalloonDevice;
  readonly memory: MemorySize;
  /** A device is passed through (VFIO, mdev, vDPA): all memory is pinned. */
  readonly vfio: boolean;
  readonly hugepages: boolean;
  /** Memory encryption (SEV, TDX) is on: all memory is pinned. */
  readonly confidential: boolean;
  readonly merging: Merging;
  /** Its disks are being backed up. */
  readonly backup: boolean;
}

/** Whether `path` lies on hugetlbfs. */
export type HugetlbfsTest = (path: string) => Promise<boolean>;

/** Queries all of it and changes nothing. Rejects with a `QmpError`. */
export async function surveyHardware(qmp: QmpExecutor, isHugetlbfs: HugetlbfsTest): Promise<Hardware> {
  const [folders, memory, networkTypes, jobTypes, hugepages, confidential] = await Promise.all([
    Promise.all(DEVICE_FOLDERS.map(async (path) => withPaths(path, await qomList(qmp, path)))),
    queryMemorySize(qmp),
    unlessRefused(queryNetworkTypes(qmp)),
    unlessRefused(queryBlockJobTypes(qmp)),
    usesHugepages(qmp, isHugetlbfs),
    isConfidential(qmp),
  ]);
  const merging = await surveyMerging(qmp, hugepages);
  const devices = folders.flat();
  const balloon = findBalloon(devices);
  const vfio =
    devices.some(({ type }) => /^child<(vfio-|vhost-vdpa)/.test(type)) ||
    networkTypes?.includes("vhost-vdpa") === true;
  const rest = {
    memory,
    vfio,
    hugepages,
    confidential,
    merging,
    backup: jobTypes?.includes("backup") === true,
  };
  if (balloon === undefined) return rest;
  return { ...rest, balloon: { ...balloon, pollingSeconds: await readPollingSeconds(qmp, balloon.path) } };
}

interface Device {
  readonly path: string;
  readonly type: string;
}

function withPaths(folder: string, entries: readonly QomEntry[]): Device[] {
  return entries.map(({ name, type }) => ({ path: `${folder}/${name}`, type }));
}

/** Devices with an id are in `peripheral`, those without in `peripheral-anon`; `virtio-balloon-device` is the bare one (MMIO). */
function findBalloon(devices: readonly Device[]): Omit<BalloonDevice, "pollingSeconds"> | undefined {
  const found = devices.find(({ type }) => type.startsWith("child<virtio-balloon"));
  if (found === undefined) return undefined;
  const bare = found.type.startsWith("child<virtio-balloon-device");
  return { path: found.path, virtioPath: bare ? found.path : `${found.path}/virtio-backend` };
}

/** `query-memdev` does not tell; the backend objects do, each kind in its own way (qapi/qom.json). */
async function usesHugepages(qmp: QmpExecutor, isHugetlbfs: HugetlbfsTest): Promise<boolean> {
  const backends = withPaths("/objects", (await unlessRefused(qomList(qmp, "/objects"))) ?? []);
  const answers = backends.slice(0, MAX_BACKENDS).map(async ({ path, type }) => {
    if (type === "child<memory-backend-memfd>")
      return (await unlessRefused(qomGet(qmp, path, "hugetlb"))) === true;
    if (type !== "child<memory-backend-file>") return false;
    const memPath = await unlessRefused(qomGet(qmp, path, "mem-path"));
    return typeof memPath === "string" && (await isHugetlbfs(memPath));
  });
  return (await Promise.all(answers)).includes(true);
}

async function isConfidential(qmp: QmpExecutor): Promise<boolean> {
  const link = await unlessRefused(qomGet(qmp, "/machine", "confidential-guest-support"));
  return typeof link === "string" && link !== "";
}
