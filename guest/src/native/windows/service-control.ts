/** Windows' service manager: makes, changes, starts, stops and removes services. */
import type { Koffi } from "../koffi.ts";
import { type Call, openLibraries } from "./system.ts";
import { wideText, writePointer } from "./text-and-pointers.ts";
import { ERROR, Win32Error } from "./win32-error.ts";

/** winsvc.h: SERVICE_STOPPED and so on. */
export const STATE = { stopped: 1, startPending: 2, stopPending: 3, running: 4 } as const;

const SC_MANAGER_CONNECT = 0x1;
const SC_MANAGER_CREATE_SERVICE = 0x2;
const SERVICE_QUERY_STATUS = 0x4;
const SERVICE_ALL_ACCESS = 0xf_01ff;
const SERVICE_WIN32_OWN_PROCESS = 0x10;
const SERVICE_AUTO_START = 2;
const SERVICE_ERROR_NORMAL = 1;
const SERVICE_CONTROL_STOP = 1;
/** Levels of ChangeServiceConfig2W. */
const DESCRIPTION = 1;
const FAILURE_ACTIONS = 2;
const FAILURE_ACTIONS_ON_EXIT = 4;
const SC_ACTION_RESTART = 1;
const RESTART_AFTER_MS = [5000, 5000, 30_000];
/** Failures are forgotten after a day. */
const FORGET_AFTER_SECONDS = 86_400;
const PROCESS_STATUS = 0;
const PROCESS_STATUS_BYTES = 36;
const ACTION_BYTES = 8;

export interface ServiceDefinition {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Program and arguments, quoted as Windows' command lines are. */
  readonly commandLine: string;
}

export interface ServiceState {
  /** One of {@link STATE}. */
  readonly state: number;
  readonly processId: number;
  /** Why it ended: a Windows error, 0 when it was stopped. */
  readonly exitCode: number;
}

/** Every method throws a `Win32Error` when Windows refuses. */
export class ServiceControl {
  readonly #koffi: Koffi;
  readonly #calls: ReturnType<typeof declare>;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#calls = declare(koffi);
  }

  /** Makes the service, or changes the one there is; it starts with the system, and again after a failure. */
  define(definition: ServiceDefinition): void {
    const { createService, changeConfig } = this.#calls;
    this.#withManager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE, (manager) => {
      const { name, displayName, commandLine } = definition;
      const common = [SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, commandLine];
      const made = createService(
        manager,
        name,
        displayName,
        SERVICE_ALL_ACCESS,
        ...common,
        ...[null, null, null, null, null],
      );
      if (made !== 0) {
        this.#configure(made, definition);
        this.#calls.close(made);
        return;
      }
      this.#expect(this.#calls.lastError(), `the service ${name} cannot be made`, ERROR.serviceExists);
      this.#withService(manager, name, SERVICE_ALL_ACCESS, (service) => {
        const done = changeConfig(service, ...common, ...[null, null, null, null, null], displayName);
        if (done === 0) this.#fail(`the service ${name} cannot be changed`);
        this.#configure(service, definition);
      });
    });
  }

  start(name: string): void {
    this.#with(name, SERVICE_ALL_ACCESS, (service) => {
      if (this.#calls.startService(service, 0, null) !== 0) return;
      this.#expect(
        this.#calls.lastError(),
        `the service ${name} does not start`,
        ERROR.serviceAlreadyRunning,
      );
    });
  }

  /** Asks it to stop; that it has not been running is fine. */
  stop(name: string): void {
    this.#with(name, SERVICE_ALL_ACCESS, (service) => {
      const status = Buffer.alloc(28);
      if (this.#calls.controlService(service, SERVICE_CONTROL_STOP, status) !== 0) return;
      this.#expect(this.#calls.lastError(), `the service ${name} does not stop`, ERROR.serviceNotActive);
    });
  }

  remove(name: string): void {
    this.#with(name, SERVICE_ALL_ACCESS, (service) => {
      if (this.#calls.deleteService(service) !== 0) return;
      this.#expect(
        this.#calls.lastError(),
        `the service ${name} cannot be removed`,
        ERROR.serviceMarkedForDelete,
      );
    });
  }

  /** Absent when there is no such service, or driver. */
  query(name: string): ServiceState | undefined {
    try {
      return this.#with(name, SERVICE_QUERY_STATUS, (service) => this.#state(service, name));
    } catch (error) {
      if (error instanceof Win32Error && error.number === ERROR.serviceDoesNotExist) return undefined;
      throw error;
    }
  }

  #state(service: number, name: string): ServiceState {
    const status = Buffer.alloc(PROCESS_STATUS_BYTES);
    const ok = this.#calls.queryStatus(service, PROCESS_STATUS, status, status.length, [0]);
    if (ok === 0) this.#fail(`the service ${name} cannot be looked at`);
    return {
      state: status.readUInt32LE(4),
      exitCode: status.readUInt32LE(12),
      processId: status.readUInt32LE(28),
    };
  }

  #configure(service: number, { description }: ServiceDefinition): void {
    const { changeConfig2 } = this.#calls;
    const text = wideText(description);
    const pointer = Buffer.alloc(8);
    writePointer(this.#koffi, pointer, 0, text);
    changeConfig2(service, DESCRIPTION, pointer);
    if (changeConfig2(service, FAILURE_ACTIONS, ...this.#failureActions()) === 0)
      this.#fail("the service's recovery options cannot be set");
    // Without it only a crash counts as a failure. Wine does not know it.
    const onExit = Buffer.alloc(4);
    onExit.writeUInt32LE(1);
    changeConfig2(service, FAILURE_ACTIONS_ON_EXIT, onExit);
  }

  /** SERVICE_FAILURE_ACTIONSW; the second buffer is kept alive by being passed along. */
  #failureActions(): [Buffer, Buffer] {
    const actions = Buffer.alloc(RESTART_AFTER_MS.length * ACTION_BYTES);
    RESTART_AFTER_MS.forEach((ms, index) => {
      actions.writeUInt32LE(SC_ACTION_RESTART, index * ACTION_BYTES);
      actions.writeUInt32LE(ms, index * ACTION_BYTES + 4);
    });
    const whole = Buffer.alloc(40);
    whole.writeUInt32LE(FORGET_AFTER_SECONDS, 0);
    whole.writeUInt32LE(RESTART_AFTER_MS.length, 24);
    writePointer(this.#koffi, whole, 32, actions);
    return [whole, actions];
  }

  #with<T>(name: string, access: number, use: (service: number) => T): T {
    return this.#withManager(SC_MANAGER_CONNECT, (manager) => this.#withService(manager, name, access, use));
  }

  #withManager<T>(access: number, use: (manager: number) => T): T {
    const manager = this.#calls.openManager(null, null, access);
    if (manager === 0) this.#fail("the service manager cannot be reached");
    try {
      return use(manager);
    } finally {
      this.#calls.close(manager);
    }
  }

  #withService<T>(manager: number, name: string, access: number, use: (service: number) => T): T {
    const service = this.#calls.openService(manager, name, access);
    if (service === 0) this.#fail(`the service ${name} cannot be opened`);
    try {
      return use(service);
    } finally {
      this.#calls.close(service);
    }
  }

  #expect(error: number, what: string, fine: number): void {
    if (error !== fine) throw new Win32Error(what, error);
  }

  #fail(what: string): never {
    throw new Win32Error(what, this.#calls.lastError());
  }
}

function declare(koffi: Koffi) {
  const { advapi32, lastError } = openLibraries(koffi);
  const account = "str16 group, void *tag, void *needs, str16 account, str16 password";
  const change2: Call = advapi32("int ChangeServiceConfig2W(intptr_t service, uint32_t level, void *info)");
  return {
    lastError,
    openManager: advapi32("intptr_t OpenSCManagerW(void *machine, void *database, uint32_t access)"),
    openService: advapi32("intptr_t OpenServiceW(intptr_t manager, str16 name, uint32_t access)"),
    createService: advapi32(
      `intptr_t CreateServiceW(intptr_t manager, str16 name, str16 display, uint32_t access, uint32_t type, uint32_t start, uint32_t error, str16 program, ${account})`,
    ),
    changeConfig: advapi32(
      `int ChangeServiceConfigW(intptr_t service, uint32_t type, uint32_t start, uint32_t error, str16 program, ${account}, str16 display)`,
    ),
    changeConfig2: (service: number, level: number, info: Buffer, _keptAlive?: Buffer) =>
      change2(service, level, info),
    startService: advapi32("int StartServiceW(intptr_t service, uint32_t count, void *words)"),
    controlService: advapi32("int ControlService(intptr_t service, uint32_t control, void *status)"),
    deleteService: advapi32("int DeleteService(intptr_t service)"),
    queryStatus: advapi32(
      "int QueryServiceStatusEx(intptr_t service, int level, void *status, uint32_t size, _Out_ uint32_t *needed)",
    ),
    close: advapi32("int CloseServiceHandle(intptr_t handle)"),
  };
}
