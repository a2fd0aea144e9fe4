/** Which process serves which guest's monitor. A process that serves several, such as a relay, belongs to no guest. Pure. */

export class ProcessSharing {
  readonly #processes = new Map<string, number>();
  readonly #paths = new Map<number, Set<string>>();

  /** `processId` was seen behind the monitor at `qmpPath`. */
  note(qmpPath: string, processId: number): void {
    if (this.#processes.get(qmpPath) === processId) return;
    this.forget(qmpPath);
    this.#processes.set(qmpPath, processId);
    this.#paths.set(processId, (this.#paths.get(processId) ?? new Set()).add(qmpPath));
  }

  forget(qmpPath: string): void {
    const processId = this.#processes.get(qmpPath);
    if (processId === undefined) return;
    this.#processes.delete(qmpPath);
    const paths = this.#paths.get(processId);
    paths?.delete(qmpPath);
    if (paths?.size === 0) this.#paths.delete(processId);
  }

  /** Whether its memory would count for more than one guest. */
  isShared(processId: number): boolean {
    return (this.#paths.get(processId)?.size ?? 0) > 1;
  }
}
