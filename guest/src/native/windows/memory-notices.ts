/** The kernel's own word that memory is low or ample (CreateMemoryResourceNotification). */
import type { Mutable, WindowsFacts } from "../../sample/memory-sample.ts";
import type { Koffi } from "../koffi.ts";
import { type Call, openLibraries } from "./system.ts";

const LOW = 0;
const HIGH = 1;
const NO_HANDLE = 0;

export class MemoryNotices {
  /** Signalled for as long as memory is low; absent where the kernel does not offer it. */
  readonly lowHandle: number | undefined;
  readonly #highHandle: number | undefined;
  readonly #query: Call;
  readonly #state = new Int32Array(1);
  readonly #told: Mutable<Pick<WindowsFacts, "lowMemory" | "highMemory">> = {
    lowMemory: undefined,
    highMemory: undefined,
  };

  constructor(koffi: Koffi) {
    const { kernel32 } = openLibraries(koffi);
    const create = kernel32("intptr_t CreateMemoryResourceNotification(int type)");
    const handle = (type: number) => create(type) || undefined;
    this.#query = kernel32("int QueryMemoryResourceNotification(intptr_t handle, void *state)");
    this.lowHandle = handle(LOW);
    this.#highHandle = handle(HIGH);
  }

  /** The same object each time. */
  read(): Pick<WindowsFacts, "lowMemory" | "highMemory"> {
    this.#told.lowMemory = this.isLow();
    this.#told.highMemory = this.#isSet(this.#highHandle);
    return this.#told;
  }

  /** Absent where the kernel does not tell. */
  isLow(): boolean | undefined {
    return this.#isSet(this.lowHandle);
  }

  #isSet(handle: number | undefined): boolean | undefined {
    const told = (handle ?? NO_HANDLE) !== NO_HANDLE && this.#query(handle, this.#state) !== 0;
    return told ? this.#state[0] !== 0 : undefined;
  }
}
