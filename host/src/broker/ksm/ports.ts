/** What keeping KSM needs of the world and of the rest of the broker. */
import type { HostFacts } from "../../model/host.ts";
import type { KsmReadPort, KsmRecordPort, KsmWritePort } from "../../model/ksm-ports.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { Plan } from "../../model/plan.ts";
import type { Clock } from "../../model/ports.ts";
import type { GuestRecord } from "../guest-record.ts";

export interface KsmPorts {
  readonly clock: Clock;
  readonly reader: KsmReadPort;
  readonly writer: KsmWritePort;
  readonly record: KsmRecordPort;
}

/** The broker, as far as KSM goes by it. */
export interface KsmWorld {
  readonly host: HostFacts | undefined;
  readonly plan: Plan | undefined;
  records(): readonly GuestRecord[];
}

export interface KsmKeeperSettings {
  readonly ksm: KsmSettings;
  /** False: only looked at and decided, nothing is turned (`mode: observe`). */
  readonly act: boolean;
}
