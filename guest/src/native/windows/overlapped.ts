/**
 * Ports and pipes of Windows, read and written without ever blocking: overlapped requests whose completion is looked at in memory.
 *
 * Node cannot do it: libuv opens files without FILE_FLAG_OVERLAPPED, so that a read that waits for the host would also block every
 * write. Behaviour of the port: vioserial/sys/Port.c of virtio-win's kvm-guest-drivers-windows.
 */
import { ABSENT, type CharDevice, IDLE, NotADeviceError, type ReadResult } from "../../link/char-device.ts";
import type { Koffi } from "../koffi.ts";
import { HostProbe } from "./host-probe.ts";
import { openProblem, requestProblem } from "./port-problems.ts";
import { Request } from "./request.ts";
import { type Call, openLibraries } from "./system.ts";
import { ERROR, Win32Error } from "./win32-error.ts";

const GENERIC_READ_WRITE = 0xc000_0000;
const NOBODY_ELSE = 0;
const OPEN_EXISTING = 3;
const FILE_FLAG_OVERLAPPED = 0x4000_0000;
const INVALID_HANDLE = -1;
/** GetFileType of a file or a disk, to which nothing may be written by mistake. */
const FILE_TYPE_DISK = 1;
const BUFFER_BYTES = 16 * 1024;
const MANUAL_RESET = 1;

/** What says that the host is not at the other end, or takes nothing, rather than that the port is gone. */
const ABSENT_ERRORS: readonly number[] = [ERROR.noSystemResources, ERROR.cantWait, ERROR.operationAborted];
/** The same as NTSTATUS: STATUS_INSUFFICIENT_RESOURCES, STATUS_CANT_WAIT, STATUS_CANCELLED. */
const ABSENT_STATUSES: readonly number[] = [0xc000_009a, 0xc000_00d8, 0xc000_0120];

interface Port {
  readonly handle: number;
  readonly reading: Request;
  readonly writing: Request;
  readonly host: HostProbe;
}

export class OverlappedDevice implements CharDevice {
  readonly #create: Call;
  readonly #readFile: Call;
  readonly #writeFile: Call;
  readonly #control: Call;
  readonly #cancel: Call;
  readonly #fileType: Call;
  readonly #closeHandle: Call;
  readonly #lastError: () => number;
  /** Signalled when a read is over. One for all ports, since it must not be closed while a wait uses it. */
  readonly #readEvent: number;
  readonly #ports = new Map<number, Port>();
  /** Closed while a request was under way: Windows may still write into its memory. */
  #retired: Port[] = [];

  constructor(koffi: Koffi) {
    const { kernel32, lastError } = openLibraries(koffi);
    this.#lastError = lastError;
    this.#create = kernel32(
      "intptr_t CreateFileW(str16 path, uint32_t access, uint32_t share, void *security, uint32_t how, uint32_t flags, intptr_t model)",
    );
    const request = "(intptr_t file, void *buffer, uint32_t size, void *done, void *overlapped)";
    this.#readFile = kernel32(`int ReadFile${request}`);
    this.#writeFile = kernel32(`int WriteFile${request}`);
    this.#control = kernel32(
      "int DeviceIoControl(intptr_t file, uint32_t code, void *in, uint32_t inSize, void *out, uint32_t outSize, void *done, void *overlapped)",
    );
    this.#cancel = kernel32("int CancelIoEx(intptr_t file, void *overlapped)");
    this.#fileType = kernel32("uint32_t GetFileType(intptr_t file)");
    this.#closeHandle = kernel32("int CloseHandle(intptr_t handle)");
    const createEvent = kernel32("intptr_t CreateEventW(void *security, int manual, int set, void *name)");
    this.#readEvent = createEvent(null, MANUAL_RESET, 0, null);
  }

  /** What is signalled when there is something to read from an open port. */
  eventOf(fd: number): number | undefined {
    return this.#ports.has(fd) ? this.#readEvent : undefined;
  }

  open(path: string): number {
    this.#retired = this.#retired.filter((port) => isBusy(port));
    const handle = this.#create(
      path,
      GENERIC_READ_WRITE,
      NOBODY_ELSE,
      null,
      OPEN_EXISTING,
      FILE_FLAG_OVERLAPPED,
      0,
    );
    if (handle === INVALID_HANDLE) {
      const error = this.#lastError();
      throw new Win32Error(openProblem(error), error);
    }
    if (this.#fileType(handle) === FILE_TYPE_DISK) {
      this.#closeHandle(handle);
      throw new NotADeviceError(path);
    }
    this.#ports.set(handle, {
      handle,
      reading: new Request(BUFFER_BYTES, this.#readEvent),
      writing: new Request(BUFFER_BYTES),
      host: new HostProbe(handle, this.#control, this.#lastError),
    });
    return handle;
  }

  read(fd: number, into: Uint8Array): ReadResult {
    const port = this.#port(fd);
    const { handle, reading } = port;
    if (!reading.isUnderWay) {
      const size = Math.min(into.length, reading.data.length);
      reading.begin();
      const began = this.#readFile(handle, reading.data, size, null, reading.overlapped) !== 0;
      const error = began ? 0 : this.#lastError();
      if (!began && error !== ERROR.ioPending) return refused(error, reading);
    }
    // A read that waits is not ended when the host leaves: the port must be asked.
    if (reading.isPending) return this.#askHost(port);
    reading.end();
    const { status, count, data } = reading;
    if (status !== 0) return failed(status);
    if (count === 0) return ABSENT;
    into.set(data.subarray(0, count));
    return { kind: "bytes", count };
  }

  /** What is taken is sent from a buffer of its own: the caller's may change at once. */
  write(fd: number, bytes: Uint8Array, offset: number): number {
    const { handle, writing } = this.#port(fd);
    if (writing.isPending) return 0;
    if (writing.isUnderWay) {
      writing.end();
      if (writing.status !== 0) failed(writing.status);
    }
    const count = writing.fill(bytes, offset);
    writing.begin();
    const began = this.#writeFile(handle, writing.data, count, null, writing.overlapped) !== 0;
    const error = began ? 0 : this.#lastError();
    if (began || error === ERROR.ioPending) return count;
    refused(error, writing);
    return 0;
  }

  close(fd: number): void {
    const port = this.#port(fd);
    this.#ports.delete(fd);
    this.#cancel(port.handle, null);
    this.#closeHandle(port.handle);
    if (isBusy(port)) this.#retired.push(port);
  }

  #askHost({ handle, writing, host }: Port): ReadResult {
    if (host.isThere()) return IDLE;
    // The next host is not to hear what this one did not take.
    if (writing.isPending) this.#cancel(handle, writing.overlapped);
    return ABSENT;
  }

  #port(fd: number): Port {
    const port = this.#ports.get(fd);
    if (!port) throw new Error(`${fd} is not an open port`);
    return port;
  }
}

function isBusy({ reading, writing, host }: Port): boolean {
  return reading.isPending || writing.isPending || host.isAsking;
}

/** A request that did not even begin. */
function refused(error: number, request: Request): ReadResult {
  request.end();
  if (ABSENT_ERRORS.includes(error)) return ABSENT;
  throw new Win32Error(requestProblem, error);
}

/** A request that ended with a failure. */
function failed(status: number): ReadResult {
  if (ABSENT_STATUSES.includes(status)) return ABSENT;
  throw new Error(`${requestProblem} (NTSTATUS 0x${status.toString(16)})`);
}
