/** The broker's figures for Prometheus, in the OpenMetrics format. */
import { type OpenMetricsContentType, Registry } from "prom-client";
import type { BrokerObserver } from "../model/adapters.ts";
import type { Status } from "../model/status.ts";
import { countingObserver } from "./counters.ts";
import { guestGauges } from "./guest-gauges.ts";
import { hostGauges } from "./host-gauges.ts";
import type { MetricsRegistry } from "./registry.ts";

export interface BrokerMetrics {
  /** To be told of what the broker does. */
  readonly observer: BrokerObserver;
  readonly contentType: string;
  /** All figures, those of guests and host as `status` has them. */
  expose(status: Status): Promise<string>;
}

export function createMetrics(): BrokerMetrics {
  const registry: MetricsRegistry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const fillGuests = guestGauges(registry);
  const fillHost = hostGauges(registry);
  return {
    observer: countingObserver(registry),
    contentType: registry.contentType,
    expose: (status) => {
      fillHost(status);
      fillGuests(status.guests);
      return registry.metrics();
    },
  };
}
