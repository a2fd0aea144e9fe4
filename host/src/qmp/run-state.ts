/** The life of one QMP connection as a pure state machine. */

export type RunState =
  /** Nothing done yet. */
  | "idle"
  /** Socket opening, or open without a greeting so far. */
  | "connecting"
  /** Greeted; `qmp_capabilities` is outstanding. */
  | "negotiating"
  /** Commands may be executed. */
  | "running"
  /** No new commands; outstanding ones are waited for. */
  | "draining"
  /** The socket is gone; final, a new connection is a new client. */
  | "closed";

const LEGAL_MOVES: Readonly<Record<RunState, readonly RunState[]>> = {
  idle: ["connecting", "closed"],
  connecting: ["negotiating", "closed"],
  negotiating: ["running", "draining", "closed"],
  running: ["draining", "closed"],
  draining: ["closed"],
  closed: [],
};

/** Whether a connection in state `from` may go over to `to`. */
export function mayMove(from: RunState, to: RunState): boolean {
  return LEGAL_MOVES[from].includes(to);
}
