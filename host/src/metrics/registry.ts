import type { OpenMetricsContentType, Registry } from "prom-client";

/** A registry whose text is in the OpenMetrics format. */
export type MetricsRegistry = Registry<OpenMetricsContentType>;
