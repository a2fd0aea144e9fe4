/** The kernel's own word that memory is low or ample (CreateMemoryResourceNotification). */
import type { WindowsFacts } from "../../sample/memory-sample.ts";
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
  readonly #state = [0];

  constructor(koffi: Koffi) {
    const { kernel32 } = openLibraries(koffi);
    const create = kernel32("intptr_t CreateMemoryResourceNotification(int type)");
    const handle = (type: number) => create(type) || undefined;
    this.#query = kernel32("int QueryMemoryResourceNotification(intptr_t handle, _Out_ int *state)");
    this.lowHandle = handle(LOW);
    this.#highHandle = handle(HIGH);
  }

  read(): Pick<WindowsFacts, "lowMemory" | "highMemory"> {
    const [lowMemory, highMemory] = [this.isLow(), this.#isSet(this.#highHandle)];
    return {
      ...(lowMemory !== undefined && { lowMemory }),
      ...(highMemory !== undefined && { highMemory }),
    };
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
