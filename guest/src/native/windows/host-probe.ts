/** Asks a virtio-serial port whether the host is at its other end. */
import { Request } from "./request.ts";
import type { Call } from "./system.ts";
import { ERROR } from "./win32-error.ts";

/** vioserial/sys/public.h: CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_OUT_DIRECT, FILE_ANY_ACCESS). */
const IOCTL_GET_INFORMATION = 0x22_2002;
/** What Windows answers for a file whose driver does not know the question. Whatever else fails may succeed the next time. */
const UNKNOWN_ERRORS: readonly number[] = [ERROR.invalidFunction, ERROR.notSupported, ERROR.invalidParameter];
/** VIRTIO_PORT_INFO: a 32-bit id, OutVqFull, HostConnected, GuestConnected, the name. */
const HOST_CONNECTED_AT = 5;
const INFO_BYTES = 512;

export class HostProbe {
  readonly #handle: number;
  readonly #control: Call;
  readonly #lastError: () => number;
  readonly #request = new Request(INFO_BYTES);
  /** Pipes do not know the question: an open pipe has a process at its other end. */
  #isThere = true;
  #knowsQuestion = true;

  constructor(handle: number, control: Call, lastError: () => number) {
    this.#handle = handle;
    this.#control = control;
    this.#lastError = lastError;
  }

  get isAsking(): boolean {
    return this.#request.isPending;
  }

  /** The last answer; asks again. */
  isThere(): boolean {
    if (!this.#knowsQuestion || this.isAsking) return this.#isThere;
    this.#takeAnswer();
    this.#ask();
    if (!this.isAsking) this.#takeAnswer();
    return this.#isThere;
  }

  #ask(): void {
    const request = this.#request;
    request.begin();
    const { data, overlapped } = request;
    const ok = this.#control(
      this.#handle,
      IOCTL_GET_INFORMATION,
      null,
      0,
      data,
      data.length,
      null,
      overlapped,
    );
    const error = ok === 0 ? this.#lastError() : 0;
    if (error === 0 || error === ERROR.ioPending) return;
    request.end();
    if (UNKNOWN_ERRORS.includes(error)) this.#knowsQuestion = false;
  }

  #takeAnswer(): void {
    const { isUnderWay, status, count, data } = this.#request;
    if (!isUnderWay) return;
    this.#request.end();
    if (status === 0 && count > HOST_CONNECTED_AT) this.#isThere = data[HOST_CONNECTED_AT] !== 0;
  }
}
