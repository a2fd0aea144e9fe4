/** Holds what the history forecasts for now, and reads it anew when another hour comes near. */
import type { UseForecast } from "../model/guest.ts";
import type { UseForecaster } from "../model/history.ts";
import { forecastUse, keepLarger, likeHours } from "./forecast.ts";
import { HOURS, stepOf } from "./levels.ts";
import type { HistoryStore } from "./store.ts";

/** Room is wanted this long before its hour: taking idle memory slowly needs a few minutes. */
const AHEAD_MS = 10 * 60_000;

export class Forecaster implements UseForecaster {
  #hours = "";
  #forecasts: ReadonlyMap<string, UseForecast> = new Map();

  of(name: string): UseForecast | undefined {
    return this.#forecasts.get(name);
  }

  /** Reads at most 24 rows, and only when the hour of now or of ten minutes ahead is another one. */
  refresh(store: HistoryStore, nowMs: number): void {
    const hours = [...new Set([nowMs, nowMs + AHEAD_MS].map((atMs) => stepOf(atMs, HOURS)))];
    if (hours.join() === this.#hours) return;
    const forecasts = new Map<string, UseForecast>();
    for (const like of hours.map(likeHours)) {
      const peaks = new Map([...like.daily, ...like.weekly].map((atMs) => [atMs, store.peaks(atMs)]));
      for (const [name, forecast] of forecastUse(like, peaks)) keepLarger(forecasts, name, forecast);
    }
    this.#forecasts = forecasts;
    this.#hours = hours.join();
  }

  /** Nothing is forecast where the history cannot be read. */
  clear(): void {
    this.#hours = "";
    this.#forecasts = new Map();
  }
}
