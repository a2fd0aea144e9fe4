/** Windows: its memory functions, virtio ports through overlapped requests, the service manager. All of it needs koffi. */
import { freemem, constants as osConstants, release, setPriority, totalmem } from "node:os";
import type { ByteStream } from "../link/link.ts";
import { NoLink } from "../link/no-link.ts";
import { VirtioPort } from "../link/virtio-port.ts";
import type { Log } from "../log.ts";
import { collectStartGarbage } from "../native/collect-garbage.ts";
import { type Koffi, loadKoffi } from "../native/koffi.ts";
import { WindowsWatch } from "../native/windows/event-watch.ts";
import { fileReaders } from "../native/windows/file-readers.ts";
import { MemoryCalls } from "../native/windows/memory-calls.ts";
import { MemoryNotices } from "../native/windows/memory-notices.ts";
import { OverlappedDevice } from "../native/windows/overlapped.ts";
import { randomSource } from "../native/windows/random.ts";
import { ServiceControl, STATE } from "../native/windows/service-control.ts";
import { openWaitCalls } from "../native/windows/wait-calls.ts";
import { dropStartPages, holdWorkingSet } from "../native/windows/working-set.ts";
import type { GuestTraits } from "../sample/memory-sample.ts";
import { type WindowsMemory, WindowsReader } from "../sample/read-windows.ts";
import { ServiceError } from "../service/service-manager.ts";
import type { Events, Platform, Prepared, Watch } from "./platform.ts";

const PORT_PATH = "\\\\.\\Global\\org.ballast.agent.0";
/** Service name of virtio-win's balloon driver (Balloon/sys/balloon.inx): started on demand, it runs while a balloon device is there. */
const BALLOON_DRIVER = "BALLOON";
const BOOT_ID_BYTES = 8;
const DEFAULT_PAGE_BYTES = 4096;
const NO_KOFFI = "koffi cannot be loaded, so the agent cannot reach the virtio-serial port";

const NO_ACCESS_LIST = "koffi cannot be loaded, so its access list cannot be read";

/** What koffi opens; all of it or nothing. */
interface Native {
  readonly koffi: Koffi;
  readonly memory: MemoryCalls;
  readonly notices: MemoryNotices;
  readonly ports: OverlappedDevice;
}

/** Opens what the agent needs of Windows. Without koffi it still knows how much memory there is and is available. */
export async function openWindows(): Promise<Platform> {
  // One thread waits for events, one for the service manager, one is left for looking up names; Node would start four.
  process.env["UV_THREADPOOL_SIZE"] = "3";
  const native = openNative(await loadKoffi());
  const randomHex = native ? randomSource(native.koffi) : await nodeRandom();
  return {
    os: "windows",
    osVersion: release,
    // Without one the host takes every start of the agent for a boot, which is safe.
    bootId: () => native?.memory.bootId() ?? randomHex(BOOT_ID_BYTES),
    randomHex,
    openReader: () => new WindowsReader(native?.memory ?? nodeMemory, traits(native)),
    prepare: (log, _roots, warmUp) => prepare(log, warmUp, native),
    openPort: (path) => openPort(native, path),
    findReaders: native ? fileReaders(native.koffi) : () => NO_ACCESS_LIST,
    enterService: async () => {
      const { enterLoggedService } = await import("../service/windows-process.ts");
      return enterLoggedService(expectKoffi(native));
    },
    loadServiceManager: async () => {
      const { windowsServices } = await import("../service/windows-service.ts");
      return windowsServices(expectKoffi(native));
    },
  };
}

function openNative(koffi: Koffi | undefined): Native | undefined {
  if (!koffi) return undefined;
  const notices = new MemoryNotices(koffi);
  return { koffi, notices, memory: new MemoryCalls(koffi, notices), ports: new OverlappedDevice(koffi) };
}

function traits(native: Native | undefined): GuestTraits {
  return {
    pageSizeBytes: native?.memory.pageSizeBytes() ?? DEFAULT_PAGE_BYTES,
    deflateOnOom: false,
    balloon: native !== undefined && hasBalloon(new ServiceControl(native.koffi)),
    balloonHidden: true,
  };
}

function hasBalloon(control: ServiceControl): boolean {
  try {
    return control.query(BALLOON_DRIVER)?.state === STATE.running;
  } catch {
    // The service manager does not answer: nothing is known.
    return false;
  }
}

async function prepare(log: Log, warmUp: () => void, native: Native | undefined): Promise<Prepared> {
  try {
    setPriority(osConstants.priority.PRIORITY_HIGH);
  } catch (error) {
    log.write("warn", `cannot run at a high priority (${error instanceof Error ? error.message : error})`);
  }
  if (native) dropStartPages(native.koffi);
  warmUp();
  collectStartGarbage();
  const memoryLocked = native !== undefined && holdWorkingSet(native.koffi, native.memory);
  if (!memoryLocked)
    log.write("warn", `memory is not held (${native ? "not permitted" : "koffi cannot be loaded"})`);
  return { memoryLocked, watchEvents: native && ((events) => watchEvents(native, events)) };
}

function watchEvents({ koffi, notices, ports }: Native, events: Events): Watch {
  return new WindowsWatch(openWaitCalls(koffi), notices, (descriptor) => ports.eventOf(descriptor), events);
}

function openPort(native: Native | undefined, path: string | undefined): ByteStream {
  if (!native) return new NoLink(NO_KOFFI);
  return new VirtioPort(native.ports, () => ({ found: true, path: path ?? PORT_PATH }));
}

function expectKoffi(native: Native | undefined): Koffi {
  if (native) return native.koffi;
  throw new ServiceError("koffi cannot be loaded, so the agent cannot speak with Windows' service manager");
}

/** What Node itself tells: os.freemem() is ullAvailPhys. */
const nodeMemory: WindowsMemory = {
  status: () => ({ totalBytes: totalmem(), availableBytes: freemem() }),
  commit: () => ({}),
  paging: () => ({}),
  lists: () => undefined,
  notices: () => ({}),
  privateBytes: () => undefined,
};

async function nodeRandom(): Promise<(bytes: number) => string> {
  const { randomBytes } = await import("node:crypto");
  return (bytes) => randomBytes(bytes).toString("hex");
}
