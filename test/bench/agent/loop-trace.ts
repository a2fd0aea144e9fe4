/** Follows the agent's loop through the eyes of the guest's kernel (kernel: Documentation/trace/ftrace.rst, trace/events.rst). */

const TRACE = "/tmp/trace";
const BUFFER_KIB = 8192;
const MS = 1000;

export interface LoopTrace {
  /** From each sample to the next, in milliseconds. */
  readonly sampleGapsMs: readonly number[];
  /** Share of the time in which the main thread could have run and another had the processor. */
  readonly runnablePercent: number | undefined;
  /** Share of the time in which it waited for the disk or for memory. */
  readonly blockedPercent: number | undefined;
}

type Run = (command: string) => Promise<string>;

/** Makes ready to record what process `pid` does; `start` begins it, `stop` ends it and tells. */
export async function prepareTrace(
  run: Run,
  pid: string,
): Promise<{ start(): Promise<void>; stop(): Promise<LoopTrace> }> {
  const meminfo = await run(
    `for fd in /proc/${pid}/fd/*; do [ "$(readlink $fd)" = /proc/meminfo ] && basename $fd; done | head -1`,
  );
  if (meminfo.trim() === "") throw new Error(`process ${pid} of the guest does not look at its memory`);
  const set = (file: string, text: string) => `echo '${text}' >${TRACE}/${file}`;
  await run(
    [
      `mkdir -p ${TRACE} && mount -t tracefs tracefs ${TRACE}`,
      set("tracing_on", "0"),
      set("buffer_size_kb", `${BUFFER_KIB}`),
      set("events/syscalls/sys_enter_pread64/filter", `fd == ${meminfo.trim()} && pos == 0`),
      set("events/sched/sched_waking/filter", `pid == ${pid}`),
      set("events/sched/sched_switch/filter", `prev_pid == ${pid} || next_pid == ${pid}`),
      ...["syscalls/sys_enter_pread64", "sched/sched_waking", "sched/sched_switch"].map((event) =>
        set(`events/${event}/enable`, "1"),
      ),
    ].join(" && "),
  );
  return {
    start: async () => void (await run(set("tracing_on", "1"))),
    stop: async () => {
      await run(set("tracing_on", "0"));
      return parseTrace(await run(shortened(pid)));
    },
  };
}

/** One letter for each kind of event, and its time: S(ample), W(oken), I(n) and O(ut) of the processor. */
function shortened(pid: string): string {
  const kinds = [
    "s/.* \\([0-9.]*\\): sys_pread64.*/S \\1/p",
    "s/.* \\([0-9.]*\\): sched_waking.*/W \\1/p",
    `s/.* \\([0-9.]*\\): sched_switch:.* prev_pid=${pid} .* prev_state=\\([^ ]*\\) .*/O \\1 \\2/p`,
    `s/.* \\([0-9.]*\\): sched_switch:.* next_pid=${pid} .*/I \\1/p`,
  ];
  return `sed -n ${kinds.map((kind) => `-e '${kind};t'`).join(" ")} ${TRACE}/trace`;
}

/** The shortened trace, one event a line. */
export function parseTrace(text: string): LoopTrace {
  const events = text
    .split("\n")
    .map((line) => /^([SWIO]) ([\d.]+) ?(\S*)$/.exec(line))
    .flatMap((match) => (match ? [{ kind: match[1], atMs: Number(match[2]) * MS, state: match[3] }] : []));
  const samples = events.filter(({ kind }) => kind === "S").map(({ atMs }) => atMs);
  const spanMs = (events.at(-1)?.atMs ?? 0) - (events[0]?.atMs ?? 0);
  const [runnableMs, blockedMs] = waits(events);
  return {
    sampleGapsMs: samples.slice(1).map((atMs, index) => atMs - (samples[index] ?? atMs)),
    runnablePercent: spanMs > 0 ? (runnableMs * 100) / spanMs : undefined,
    blockedPercent: spanMs > 0 ? (blockedMs * 100) / spanMs : undefined,
  };
}

interface Event {
  readonly kind: string | undefined;
  readonly atMs: number;
  /** Of the thread when it left the processor: R could run on, D waits for the disk or for memory (sched(7)). */
  readonly state: string | undefined;
}

function waits(events: readonly Event[]): [number, number] {
  let [runnableMs, blockedMs] = [0, 0];
  let [runnableSince, blockedSince]: (number | undefined)[] = [undefined, undefined];
  for (const { kind, atMs, state } of events) {
    if (kind === "O") {
      if (state?.startsWith("R")) runnableSince = atMs;
      if (state?.startsWith("D")) blockedSince = atMs;
    } else if (kind === "W") {
      if (blockedSince !== undefined) blockedMs += atMs - blockedSince;
      [runnableSince, blockedSince] = [runnableSince ?? atMs, undefined];
    } else if (kind === "I") {
      if (runnableSince !== undefined) runnableMs += atMs - runnableSince;
      [runnableSince, blockedSince] = [undefined, undefined];
    }
  }
  return [runnableMs, blockedMs];
}
