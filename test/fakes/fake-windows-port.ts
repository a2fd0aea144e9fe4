/** Windows' files as the vioserial driver answers for its port (vioserial/sys/Port.c), behind the functions that koffi would call. */
import type { Koffi, KoffiFunction } from "../../guest/src/native/koffi.ts";

const HANDLE = 44;
const [FALSE, TRUE] = [0, 1];
const ERROR_NO_SYSTEM_RESOURCES = 1450;
const ERROR_CANT_WAIT = 554;
const ERROR_IO_PENDING = 997;
const STATUS_PENDING = 0x103;
const STATUS_CANCELLED = 0xc000_0120;
const HOST_CONNECTED_AT = 5;

interface Pending {
  readonly data: Buffer;
  readonly overlapped: Buffer;
}

/** Change its fields; what the agent wrote is in `written`. */
export class FakeWindowsPort {
  /** Error of the next open; 0: it opens. */
  openError = 0;
  /** Error of every request: the port is gone. */
  goneError = 0;
  hostPresent = true;
  /** Whether it is a virtio-serial port, which can be asked for its host, and not a pipe. */
  knowsHost = true;
  /** Error of the next question for the host. */
  askError = 0;
  /** FILE_TYPE_UNKNOWN of a port; 1 is a file. */
  fileType = 0;
  /** The host reads nothing: writes stay pending. */
  hostReads = true;
  readonly written: number[] = [];
  readonly opened: unknown[][] = [];
  #lastError = 0;
  #reading: Pending | undefined;
  #writing: Pending | undefined;
  readonly #fromHost: number[] = [];

  /** What the agent takes for koffi. */
  get koffi(): Koffi {
    const load = () => ({ func: (declaration: string) => this.#function(declaration) });
    return { load } as unknown as Koffi;
  }

  /** Bytes come from the host: they end a read that waits. */
  fromHost(...bytes: number[]): void {
    this.#fromHost.push(...bytes);
    if (!this.#reading) return;
    this.#fill(this.#reading, this.#reading.data.length);
    this.#reading = undefined;
  }

  /** The host reads again what waited. */
  drain(): void {
    if (this.#writing) this.#take(this.#writing, this.#writing.data.length);
    this.#writing = undefined;
    this.hostReads = true;
  }

  get isReadPending(): boolean {
    return this.#reading !== undefined;
  }

  #function(declaration: string): KoffiFunction {
    const name = /(\w+)\(/.exec(declaration)?.[1] ?? "";
    const calls: Readonly<Record<string, (...values: never[]) => number>> = {
      GetLastError: () => this.#lastError,
      CreateEventW: () => 7,
      CreateFileW: (...values) => this.#open(values),
      ReadFile: (_file, data, size, _done, overlapped) => this.#read(data, size, overlapped),
      WriteFile: (_file, data, size, _done, overlapped) => this.#write(data, size, overlapped),
      DeviceIoControl: (_file, _code, _in, _inSize, out, _size, _done, overlapped) =>
        this.#ask(out, overlapped),
      GetFileType: () => this.fileType,
      CancelIoEx: (_file, overlapped) => this.#cancel(overlapped),
      CloseHandle: () => TRUE,
    };
    return (calls[name] ?? (() => FALSE)) as unknown as KoffiFunction;
  }

  #open(values: unknown[]): number {
    this.opened.push(values);
    if (this.openError === 0) return HANDLE;
    return this.#fail(this.openError, -1);
  }

  #read(data: Buffer, size: number, overlapped: Buffer): number {
    if (this.goneError !== 0) return this.#fail(this.goneError);
    if (this.#fromHost.length > 0) return this.#fill({ data, overlapped }, size);
    if (!this.hostPresent) return this.#fail(ERROR_NO_SYSTEM_RESOURCES);
    overlapped.writeUInt32LE(STATUS_PENDING, 0);
    this.#reading = { data: data.subarray(0, size), overlapped };
    return this.#fail(ERROR_IO_PENDING);
  }

  #write(data: Buffer, size: number, overlapped: Buffer): number {
    if (this.goneError !== 0) return this.#fail(this.goneError);
    if (!this.hostPresent) return this.#fail(ERROR_CANT_WAIT);
    if (this.hostReads) return this.#take({ data, overlapped }, size);
    overlapped.writeUInt32LE(STATUS_PENDING, 0);
    this.#writing = { data: data.subarray(0, size), overlapped };
    return this.#fail(ERROR_IO_PENDING);
  }

  #ask(info: Buffer, overlapped: Buffer): number {
    const ERROR_NOT_SUPPORTED = 50;
    if (!this.knowsHost) return this.#fail(ERROR_NOT_SUPPORTED);
    if (this.askError !== 0) return this.#fail(this.askError);
    info[HOST_CONNECTED_AT] = this.hostPresent ? 1 : 0;
    return this.#finish(overlapped, 0, HOST_CONNECTED_AT + 2);
  }

  /** One request, or all of them. */
  #cancel(overlapped: Buffer | null): number {
    const isMeant = (pending: Pending | undefined) =>
      pending && (overlapped === null || pending.overlapped === overlapped);
    for (const pending of [this.#reading, this.#writing].filter(isMeant))
      pending?.overlapped.writeUInt32LE(STATUS_CANCELLED, 0);
    if (isMeant(this.#reading)) this.#reading = undefined;
    if (isMeant(this.#writing)) this.#writing = undefined;
    return TRUE;
  }

  #fill({ data, overlapped }: Pending, size: number): number {
    const bytes = this.#fromHost.splice(0, size);
    data.set(bytes);
    return this.#finish(overlapped, 0, bytes.length);
  }

  #take({ data, overlapped }: Pending, size: number): number {
    this.written.push(...data.subarray(0, size));
    return this.#finish(overlapped, 0, size);
  }

  #finish(overlapped: Buffer, status: number, count: number): number {
    putNumber(overlapped, 0, status);
    putNumber(overlapped, 8, count);
    return TRUE;
  }

  #fail(error: number, result = FALSE): number {
    this.#lastError = error;
    return result;
  }
}

/** Four bytes, one by one: `writeUInt32LE` leaves garbage, which some tests count. */
export function putNumber(into: Buffer, offset: number, value: number): void {
  into[offset] = value;
  into[offset + 1] = value >>> 8;
  into[offset + 2] = value >>> 16;
  into[offset + 3] = value >>> 24;
}
