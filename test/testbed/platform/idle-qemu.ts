/** Owns a real QEMU whose processors never start: a monitor, a balloon device and a little memory, at next to no cost. */
import { rm } from "node:fs/promises";
import { isListening } from "../connect.ts";
import { type StartedProcess, startProcess } from "../host.ts";
import { findProgram } from "../requirements.ts";
import { waitFor } from "../wait.ts";

const START_TIMEOUT_MS = 30_000;

export class IdleQemu {
  readonly qmpPath: string;
  readonly #logPath: string;
  #process: StartedProcess | undefined;

  constructor(qmpPath: string, logPath: string) {
    this.qmpPath = qmpPath;
    this.#logPath = logPath;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Resolves when its monitor is there. */
  async start(): Promise<void> {
    const program = findProgram("qemu-system-x86_64") ?? "qemu-system-x86_64";
    const args = ["-accel", "tcg", "-S", "-m", "32", "-nographic", "-nodefaults"];
    args.push("-device", "virtio-balloon-pci,id=balloon0", "-qmp", `unix:${this.qmpPath},server=on,wait=off`);
    this.#process = await startProcess(program, args, { logPath: this.#logPath });
    await waitFor(`${this.qmpPath}`, () => isListening(this.qmpPath), {
      timeoutMs: START_TIMEOUT_MS,
      intervalMs: 10,
    });
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async stop(): Promise<void> {
    await this.#process?.kill();
    await rm(this.qmpPath, { force: true });
  }
}
