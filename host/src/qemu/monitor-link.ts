/** How a guest's monitor is reached: over a connection of its own that is kept, or through leases of one that the platform uses as well. */
import type { MonitorMode } from "../model/guest.ts";
import { type Commands, type ExecuteOptions, QmpClient, type QmpExecutor } from "../qmp/client.ts";
import type { QmpError } from "../qmp/errors.ts";
import { LeaseClient } from "../qmp/lease/lease-client.ts";
import type { MonitorWatch } from "../qmp/lease/sight.ts";
import type { QmpEvent, QmpGreeting } from "../qmp/message.ts";
import { Reconnector } from "../qmp/reconnect.ts";
import { deferred } from "../timing/deferred.ts";
import type { Timers } from "../timing/timers.ts";

/** What can be asked of QEMU, however it is reached. */
export interface MonitorClient extends QmpExecutor {
  /** Whether an answer is past its deadline: further commands would only queue behind it. */
  readonly overdue: boolean;
  /**
   * Sends all in one write, and resolves with what QEMU returned, in their order; rejects with the first error. One promise for all: a
   * thousand guests are asked five questions each.
   */
  executeAll(commands: Commands, options: ExecuteOptions): Promise<readonly unknown[]>;
  /** Runs `run` and sends all commands that it executes in one write. */
  batch<T>(run: () => T): T;
}

export interface MonitorLink {
  readonly mode: MonitorMode;
  /** Resolves when the first attempt to connect ended, well or not. */
  readonly firstAttempt: Promise<void>;
  /** Takes commands whether or not QEMU can be reached now; absent: only the client that `onUp` brings does. */
  readonly lasting?: MonitorClient;
  /** The longest that a command waited of late before it was sent, milliseconds; absent: it does not wait, or nothing was measured yet. */
  readonly worstWaitMs: number | undefined;
  close(): Promise<void>;
}

export interface MonitorLinkOptions {
  readonly path: string;
  readonly timers: Timers;
  /** 0…1, spreads what many guests do. */
  readonly random: () => number;
  readonly commandDeadlineMs: number;
  readonly greetingDeadlineMs?: number | undefined;
  /** What stands before the monitor; present: it is lent. */
  readonly watch?: MonitorWatch | undefined;
  readonly onUp: (client: MonitorClient, greeting: QmpGreeting) => void;
  readonly onDown: (why: QmpError) => void;
  /** Comes only over a connection that is kept. */
  readonly onEvent: (event: QmpEvent) => void;
}

export function openMonitorLink(options: MonitorLinkOptions): MonitorLink {
  return options.watch === undefined ? ownLink(options) : leaseLink(options, options.watch);
}

function ownLink(options: MonitorLinkOptions): MonitorLink {
  const { path, timers, random, commandDeadlineMs, greetingDeadlineMs, onUp, onDown, onEvent } = options;
  const greeting = greetingDeadlineMs !== undefined && { greetingDeadlineMs };
  const busy = deferred<void>();
  let isClosing = false;
  // It waits on in the queue: to leave and come again would fill the queue with places that nobody takes.
  const onBusy = (why: QmpError) => {
    if (!isClosing) onDown(why);
    busy.resolve();
  };
  const newClient = () => new QmpClient({ path, timers, commandDeadlineMs, ...greeting, onEvent, onBusy });
  const reconnector = new Reconnector({ newClient, timers, random, onUp, onDown });
  return {
    mode: "own",
    firstAttempt: Promise.race([reconnector.firstAttempt, busy.promise]),
    worstWaitMs: undefined,
    close: () => {
      isClosing = true;
      return reconnector.stop();
    },
  };
}

function leaseLink(options: MonitorLinkOptions, watch: MonitorWatch): MonitorLink {
  const { path, timers, random, commandDeadlineMs, onUp, onDown } = options;
  const client: LeaseClient = new LeaseClient({
    ...{ path, watch, timers, random, commandDeadlineMs, onDown },
    onUp: (greeting) => onUp(client, greeting),
  });
  return {
    mode: "lease",
    firstAttempt: Promise.resolve(),
    lasting: client,
    get worstWaitMs() {
      return client.worstWaitMs;
    },
    close: () => client.close(),
  };
}
