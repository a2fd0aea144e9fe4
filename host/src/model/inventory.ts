import type { SizeSetting } from "./host.ts";

/** Names go into URLs, metrics, files and terminals, hence the narrow alphabet. */
const GUEST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether a text from a config or a file can be a guest's name. */
export function isGuestName(text: string): boolean {
  return GUEST_NAME.test(text);
}

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
