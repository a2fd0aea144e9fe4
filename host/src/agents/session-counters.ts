/** What a session received and what it did not use. */

/** Counts since the start. */
export interface SessionCounters {
  framesHeard: number;
  /** Not an envelope, or an envelope without a required field. */
  framesUnreadable: number;
  /** Without a session, or from another one. */
  framesForeign: number;
  /** With a sequence number that was received before. */
  framesRepeated: number;
  /** Messages that a guest must not send or that this version does not know. */
  framesUnexpected: number;
  /** Above the rates that a guest is allowed. */
  framesLimited: number;
  /** Implausible. */
  reportsRefused: number;
  demandsRefused: number;
}

export function newCounters(): SessionCounters {
  return {
    framesHeard: 0,
    framesUnreadable: 0,
    framesForeign: 0,
    framesRepeated: 0,
    framesUnexpected: 0,
    framesLimited: 0,
    reportsRefused: 0,
    demandsRefused: 0,
  };
}
