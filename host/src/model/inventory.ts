import type { SizeSetting } from "./host.ts";

/** A guest that the broker is to manage, as configuration or a platform names it. */
export interface GuestEntry {
  readonly name: string;
  /** Where it was found. */
  readonly source: "static";
  /** Path of the QMP unix socket. */
  readonly qmpPath: string;
  /** Path of the agent channel's unix socket; absent: no virtio-serial channel. */
  readonly agentPath?: string;
  readonly min: SizeSetting;
  readonly max: SizeSetting;
  readonly shares: number;
  /** Guests of one label may share pages; absent: they share with all others without one. */
  readonly trust?: string;
}
