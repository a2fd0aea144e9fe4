/** What a session heard and what it did not use. */

/** Counts since the start. */
export interface SessionCounters {
  framesHeard: number;
  /** No envelope, or one that lacks what it needs. */
  framesUnreadable: number;
  /** Of no session, or of another one. */
  framesForeign: number;
  /** With a sequence that was heard before. */
  framesRepeated: number;
  /** Messages that a guest does not send, or that this version does not know. */
  framesUnexpected: number;
  /** Above the rates that a guest may use. */
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
