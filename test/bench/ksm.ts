/** `npm run bench:ksm`: what `adaptive` and `ksmtuned` save on the real KSM over the same guests in the same time, and at what price. */
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../host/src/model/bytes.ts";
import type { KsmReading } from "../../host/src/model/ksm.ts";
import type { KsmMode } from "../../host/src/model/ksm-settings.ts";
import { RealKsm, whyNoKsm } from "../testbed/real-ksm.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";
import { figure, markdownTable, median } from "./figures.ts";

const GUESTS = ["g1", "g2", "g3", "g4"];
const RUNS = 3;
const WINDOW_S = 120;
/** Points of each window at which the savings are read. */
const POINTS_S = [20, 40, 60, 90, WINDOW_S];
const SETTLE_MS = 20_000;
const RELOAD_TIMEOUT_MS = 20_000;
const MODES = ["ksmtuned", "adaptive"] as const;
/** So that its rule sees the shortage that the broker sees: as if these guests filled the host. All else is its default. */
const KSMTUNED_CONF = "KSM_THRES_COEF=100\n";

interface Window {
  readonly mode: KsmMode;
  readonly savedBytes: readonly number[];
  readonly cpuSeconds: number;
}

/** Prints a table of windows and one of medians; 0 when `adaptive` saved at least as much at less CPU for each byte. */
export async function benchKsm(args: readonly string[]): Promise<number> {
  const reason = skipReason() ?? whyNoKsm();
  if (reason !== undefined) {
    process.stderr.write(`bench:ksm needs real guests and the real KSM; ${reason}\n`);
    return 1;
  }
  const runs = Number(args[0] ?? RUNS);
  const ksm = await RealKsm.hold();
  const scene = await Scene.open({
    guests: GUESTS.map((name) => ({ name })),
    // Balloons rest, with shares of 0; the budget is short all the same.
    shares: 0,
    broker: { budgetMib: (residentMib) => residentMib + 100, ksm: { mode: "observe" } },
  });
  try {
    await sleep(SETTLE_MS);
    const windows: Window[] = [];
    for (let run = 0; run < runs; run++) {
      // Taking turns: what the guests do over time must not favour one of the two.
      for (const mode of run % 2 === 0 ? MODES : MODES.toReversed()) {
        windows.push(await measure(mode, scene, ksm));
      }
    }
    return report(windows, runs);
  } finally {
    await scene.close();
    await ksm.release();
  }
}

async function measure(mode: (typeof MODES)[number], scene: Scene, ksm: RealKsm): Promise<Window> {
  await ksm.unmergeAll();
  const before = await ksm.read();
  await steer(scene, mode);
  const startMs = performance.now();
  const savedBytes: number[] = [];
  let last = before;
  for (const point of POINTS_S) {
    await sleep(Math.max(0, startMs + point * 1000 - performance.now()));
    last = await ksm.read();
    savedBytes.push(last.savedBytes);
    const { ksm: told } = await scene.broker.ksm();
    const scans = `${last.fullScans - before.fullScans} full scans`;
    const busy = figure(cpuSeconds(last) - cpuSeconds(before), 2, " s");
    process.stderr.write(`  ${point} s: ${told?.text}, ${scans}, ksmd ${busy}\n`);
  }
  await steer(scene, "observe");
  const window = { mode, savedBytes, cpuSeconds: cpuSeconds(last) - cpuSeconds(before) };
  process.stderr.write(`${row(window).join(", ")}\n`);
  return window;
}

async function steer(scene: Scene, mode: KsmMode): Promise<void> {
  const file = scene.write("ksmtuned.conf", KSMTUNED_CONF);
  const ksmtuned = `{ file: "${file}", variant: debian }`;
  scene.broker.configure({ ksm: { mode, ksmtuned } });
  scene.broker.signal("SIGHUP");
  const steers = async () => {
    const { ksm } = await scene.broker.ksm();
    return ksm?.mode === mode && (ksm.run === 1) === (mode !== "observe");
  };
  await waitFor(`KSM in mode ${mode}`, steers, { timeoutMs: RELOAD_TIMEOUT_MS });
}

function report(windows: readonly Window[], runs: number): number {
  const head = ["mode", ...POINTS_S.map((point) => `saved after ${point} s`), "ksmd", "for each saved MiB"];
  print(
    `${GUESTS.length} real 512 MiB guests of one image, ${WINDOW_S} s for each mode from nothing merged, in turns; ${runs} times.`,
  );
  print(`ksmtuned: Debian's defaults but for ${KSMTUNED_CONF.trim()}, as if the guests filled the host.\n`);
  print(`${markdownTable(head, windows.map(row))}\n`);
  const [ksmtuned, adaptive] = MODES.map((mode) => middle(windows.filter((window) => window.mode === mode)));
  if (ksmtuned === undefined || adaptive === undefined) return 1;
  const medians = { ksmtuned, adaptive };
  const rows = MODES.map((mode) => [
    mode,
    figure(medians[mode].savedMib, 1, " MiB"),
    figure(medians[mode].cpuSeconds, 2, " s"),
    figure(medians[mode].msPerMib, 2, " ms"),
  ]);
  print(`${markdownTable(["median", `saved after ${WINDOW_S} s`, "ksmd", "for each saved MiB"], rows)}\n`);
  const share = (100 * adaptive.savedMib) / ksmtuned.savedMib;
  const price = (100 * adaptive.msPerMib) / ksmtuned.msPerMib;
  print(
    `adaptive saves ${figure(share, 1, " %")} of what ksmtuned does, at ${figure(price, 0, " %")} of the CPU for each byte.`,
  );
  // In whole percent: what the guests do by themselves changes more than that from window to window.
  return Math.round(share) >= 100 && price < 100 ? 0 : 1;
}

function middle(windows: readonly Window[]) {
  const savedMib = median(windows.map(lastMib)) ?? 0;
  const cpuS = median(windows.map((window) => window.cpuSeconds)) ?? 0;
  return { savedMib, cpuSeconds: cpuS, msPerMib: median(windows.map(msPerMib)) ?? 0 };
}

function row(window: Window): string[] {
  return [
    window.mode,
    ...window.savedBytes.map((bytes) => figure(bytes / MIB, 1, " MiB")),
    figure(window.cpuSeconds, 2, " s"),
    figure(msPerMib(window), 2, " ms"),
  ];
}

function lastMib({ savedBytes }: Window): number {
  return (savedBytes.at(-1) ?? 0) / MIB;
}

function msPerMib(window: Window): number {
  return (window.cpuSeconds * 1000) / lastMib(window);
}

function cpuSeconds({ ksmdCpuNs = 0 }: KsmReading): number {
  return ksmdCpuNs / 1e9;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
