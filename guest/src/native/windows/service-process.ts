/**
 * Makes this process a Windows service.
 *
 * StartServiceCtrlDispatcherW blocks its thread until the service has stopped: it runs on a thread of Node's pool. The two functions that
 * Windows calls, from that thread and from another one, are JavaScript: koffi hands them to the main thread, where they take microseconds, while
 * Windows' thread waits. That is sound as long as the main thread is never blocked for long, which holds for the agent anyway.
 */
import type { Koffi, KoffiPointer } from "../koffi.ts";
import { STATE } from "./service-control.ts";
import { type Call, declareBlocking, openLibraries } from "./system.ts";
import { wideText, writePointer } from "./text-and-pointers.ts";
import { ERROR, Win32Error } from "./win32-error.ts";

const SERVICE_WIN32_OWN_PROCESS = 0x10;
const ACCEPT_STOP_AND_SHUTDOWN = 0x1 | 0x4;
const CONTROL = { stop: 1, interrogate: 4, shutdown: 5 } as const;
const NO_ERROR = 0;
const ERROR_CALL_NOT_IMPLEMENTED = 120;
/** winerror.h: the failure's number is the service's own. */
const ERROR_SERVICE_SPECIFIC = 1066;
const FAILED = 1;
const STATUS_BYTES = 28;
/** How long the service manager waits for the agent to say goodbye. */
const STOP_HINT_MS = 10_000;

export interface ServiceProcess {
  /** Runs `stop` when the service manager, or a shutdown of the system, ends the service. */
  onStop(stop: () => void): void;
  /** Everything is closed: the service manager may know. */
  stopped(): void;
  /** As `stopped`, but because something failed: the service manager starts the service again. */
  failed(): void;
}

/** Resolves once the service manager has started the service; rejects with a `Win32Error` when this process was not started by it. */
export function enterService(koffi: Koffi, name: string): Promise<ServiceProcess> {
  const prototype = "int StartServiceCtrlDispatcherW(void *table)";
  const dispatch = declareBlocking(koffi, "advapi32.dll", prototype);
  return new Promise((resolve, reject) => {
    const service = new DispatchedService(koffi, name, resolve);
    const { table } = service;
    dispatch(table, (error: unknown, ok: number) => {
      if (error === null && ok !== 0) return;
      // The error belongs to the thread of the pool: what else it could be is a table that is not one.
      const number = ERROR.notStartedByServiceManager;
      reject(new Win32Error("this process was not started by the service manager", number));
    });
  });
}

class DispatchedService implements ServiceProcess {
  readonly #register: Call;
  readonly #setStatus: Call;
  readonly #handler: KoffiPointer;
  readonly #name: string;
  readonly #nameText: Buffer;
  readonly #started: (service: ServiceProcess) => void;
  #handle = 0;
  #stop: (() => void) | undefined;
  #stopAsked = false;
  /** SERVICE_TABLE_ENTRYW twice: this service, and the end. */
  readonly table = Buffer.alloc(32);

  constructor(koffi: Koffi, name: string, started: (service: ServiceProcess) => void) {
    const { advapi32 } = openLibraries(koffi);
    const main = koffi.proto("void __stdcall BallastServiceMain(uint32_t count, void *words)");
    const handler = koffi.proto(
      "uint32_t __stdcall BallastServiceHandler(uint32_t control, uint32_t type, void *data, void *context)",
    );
    this.#register = advapi32(
      "intptr_t RegisterServiceCtrlHandlerExW(str16 name, BallastServiceHandler *handler, void *context)",
    );
    this.#setStatus = advapi32("int SetServiceStatus(intptr_t service, void *status)");
    this.#handler = koffi.register((control: number) => this.#control(control), koffi.pointer(handler));
    this.#name = name;
    this.#nameText = wideText(name);
    this.#started = started;
    writePointer(koffi, this.table, 0, this.#nameText);
    const entry = koffi.register(() => this.#main(), koffi.pointer(main));
    writePointer(koffi, this.table, 8, entry);
  }

  onStop(stop: () => void): void {
    this.#stop = stop;
    if (this.#stopAsked) stop();
  }

  stopped(): void {
    this.#tell(STATE.stopped);
  }

  failed(): void {
    this.#tell(STATE.stopped, FAILED);
  }

  /** Returns at once: the service goes on until it says that it has stopped. */
  #main(): void {
    this.#handle = this.#register(this.#name, this.#handler, null);
    this.#tell(STATE.running);
    this.#started(this);
  }

  #control(control: number): number {
    if (control === CONTROL.interrogate) return NO_ERROR;
    if (control !== CONTROL.stop && control !== CONTROL.shutdown) return ERROR_CALL_NOT_IMPLEMENTED;
    this.#tell(STATE.stopPending);
    this.#stopAsked = true;
    // Windows' thread waits for this answer: the work comes after it.
    if (this.#stop) setImmediate(this.#stop);
    return NO_ERROR;
  }

  /** SERVICE_STATUS: type, state, accepted controls, exit code, specific code, checkpoint, wait hint. */
  #tell(state: number, failure = NO_ERROR): void {
    const status = Buffer.alloc(STATUS_BYTES);
    status.writeUInt32LE(SERVICE_WIN32_OWN_PROCESS, 0);
    status.writeUInt32LE(state, 4);
    status.writeUInt32LE(state === STATE.running ? ACCEPT_STOP_AND_SHUTDOWN : 0, 8);
    status.writeUInt32LE(failure === NO_ERROR ? NO_ERROR : ERROR_SERVICE_SPECIFIC, 12);
    status.writeUInt32LE(failure, 16);
    status.writeUInt32LE(state === STATE.stopPending ? STOP_HINT_MS : 0, 24);
    this.#setStatus(this.#handle, status);
  }
}
