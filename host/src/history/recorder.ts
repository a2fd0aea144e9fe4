/** Writes a sample each ten seconds. What goes wrong is told once, and the balancing goes on without a history. */
import {
  type GuestHistory,
  HistoryError,
  type HistoryReader,
  type HistoryReport,
  type HistoryStep,
} from "../model/history.ts";
import { PATIENCE_MS, START_PATIENCE_MS, setAside } from "./database.ts";
import { Forecaster } from "./forecaster.ts";
import type { HotCaches } from "./hot-caches.ts";
import { FINE } from "./levels.ts";
import { readGuest, readMoment, readSteps } from "./reader.ts";
import { ReportBuilder } from "./report.ts";
import { Sampler, type SampleSource } from "./sampler.ts";
import { HistoryStore } from "./store.ts";

/** A sample is taken this long after its step began: a timer may fire a little early. */
const INTO_STEP_MS = 200;

export interface RecorderOptions {
  readonly path: string;
  /** The file's content is kept below this. */
  readonly mostBytes: number;
  readonly source: SampleSource;
  readonly wallMs: () => number;
  /** Is told what the history forecasts; absent: nothing asks. */
  readonly forecaster?: Forecaster;
  /** Is told what was learned before; absent: nothing asks. */
  readonly hotCaches?: HotCaches;
  readonly note: (level: "info" | "warn", text: string) => void;
}

export class HistoryRecorder implements HistoryReader {
  readonly #options: RecorderOptions;
  readonly #sampler: Sampler;
  readonly #forecaster: Forecaster;
  #store: HistoryStore | undefined;
  #problem: HistoryError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #patienceMs = START_PATIENCE_MS;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#forecaster = options.forecaster ?? new Forecaster();
    this.#sampler = new Sampler(options.source);
  }

  /** Reads what was learned before, for a broker that has not begun. Never throws. */
  recall(): void {
    const nowMs = this.#options.wallMs();
    this.#attempt(() => {
      const stored = this.#open().hotCaches(nowMs);
      this.#options.hotCaches?.recall(stored, nowMs);
    });
  }

  /** Writes the first sample and goes on until {@link stop}. Never throws. */
  start(): void {
    this.record();
    if (this.#problem?.code === "HISTORY_MISSING") return;
    const { stepMs } = FINE;
    const delayMs = stepMs - (this.#options.wallMs() % stepMs) + INTO_STEP_MS;
    this.#timer = setTimeout(() => this.start(), delayMs);
    this.#timer.unref();
  }

  /** Writes one sample now. Never throws. */
  record(): void {
    const nowMs = this.#options.wallMs();
    const { sample, written } = this.#sampler.take(nowMs);
    this.#attempt(() => {
      const store = this.#open();
      store.write(sample);
      written();
      this.#forecaster.refresh(store, nowMs);
      this.#worked();
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      if (error.code !== "HISTORY_DAMAGED") this.#failed(error);
      else this.#beginAnew(error, work);
    }
  }

  /** Writes what is not written yet and closes the file. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.#problem === undefined) this.record();
    this.#close();
  }

  async guest(name: string, sinceMs: number, untilMs: number): Promise<GuestHistory | undefined> {
    return readGuest(this.#readable(), name, sinceMs, untilMs, this.#options.wallMs());
  }

  async moment(atMs: number): Promise<HistoryStep | undefined> {
    return readMoment(this.#readable(), atMs);
  }

  async report(sinceMs: number, untilMs: number): Promise<HistoryReport> {
    const now = new Map(this.#options.source.status().guests.map((guest) => [guest.name, guest]));
    const report = new ReportBuilder((name) => {
      const guest = now.get(name);
      return guest?.minBytes === undefined ? undefined : { minBytes: guest.minBytes, shares: guest.shares };
    });
    const take = (step: HistoryStep) => report.add(step);
    await readSteps(this.#readable(), sinceMs, untilMs, this.#options.wallMs(), take);
    return report.report(sinceMs, untilMs);
  }

  #readable(): HistoryStore {
    if (this.#store !== undefined) return this.#store;
    throw this.#problem ?? new HistoryError("HISTORY_MISSING", "nothing was written yet");
  }

  #open(): HistoryStore {
    const patienceMs = this.#patienceMs;
    // Only the first opening is before the broker begins.
    this.#patienceMs = PATIENCE_MS;
    this.#store ??= new HistoryStore(this.#options.path, this.#options.mostBytes, patienceMs);
    return this.#store;
  }

  #close(): void {
    try {
      this.#store?.close();
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
    }
    this.#store = undefined;
    this.#forecaster.clear();
  }

  #beginAnew(damage: HistoryError, work: () => void): void {
    this.#close();
    try {
      const aside = setAside(this.#options.path);
      this.#options.note("warn", `${damage.message}: it is set aside as ${aside}, and a new history begins`);
      work();
    } catch (error) {
      const isKnown = error instanceof HistoryError;
      this.#failed(isKnown ? error : new HistoryError("HISTORY_FAILED", String(error), error));
    }
  }

  #failed(error: HistoryError): void {
    const isNew = this.#problem === undefined;
    this.#problem = error;
    this.#forecaster.clear();
    if (isNew) this.#options.note("warn", `no history is kept, balancing goes on: ${error.message}`);
  }

  #worked(): void {
    if (this.#problem !== undefined) this.#options.note("info", "the history is written again");
    this.#problem = undefined;
  }
}
