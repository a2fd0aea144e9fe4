/** What keeping KSM needs of the world and of the rest of the broker. */

import type { Clock } from "../../model/adapters.ts";
import type { HostFacts } from "../../model/host.ts";
import type { KsmReader, KsmRecordStore, KsmWriter } from "../../model/ksm-adapters.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { Plan } from "../../model/plan.ts";
import type { GuestRecord } from "../guest-record.ts";

export interface KsmAdapters {
  readonly clock: Clock;
  readonly reader: KsmReader;
  readonly writer: KsmWriter;
  readonly record: KsmRecordStore;
}

/** The broker, as far as KSM goes by it. */
export interface KsmBrokerState {
  readonly host: HostFacts | undefined;
  readonly plan: Plan | undefined;
  records(): readonly GuestRecord[];
}

export interface KsmControllerSettings {
  readonly ksm: KsmSettings;
  /** False: only looked at and decided, nothing is turned (`mode: observe`). */
  readonly act: boolean;
}
