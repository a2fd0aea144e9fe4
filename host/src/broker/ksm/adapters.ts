/** What the KSM controller needs of its adapters and of the rest of the broker. */

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

/** The part of the broker that the KSM controller uses. */
export interface KsmBrokerState {
  readonly host: HostFacts | undefined;
  readonly plan: Plan | undefined;
  records(): readonly GuestRecord[];
  /** False: the guest is only observed, so nothing is set in its QEMU. */
  isActing(name: string): boolean;
}

export interface KsmControllerSettings {
  readonly ksm: KsmSettings;
  /** False: KSM is only observed and nothing is changed (`mode: observe`). */
  readonly act: boolean;
}
