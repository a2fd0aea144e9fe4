/** `npm run bench:hostile`: what honest guests get while a real guest attacks the broker over its own port, and while it attacks nobody. */
import { setTimeout as sleep } from "node:timers/promises";
import { ATTACKS } from "../../testbed/hostile-guest.ts";
import type { AttackEnd } from "../../testbed/hostile-relay.ts";
import { skipReason } from "../../testbed/requirements.ts";
import { figure, markdownTable, median, quantile } from "../figures.ts";
import { type Answer, HostileScene, type Survival } from "./scene.ts";

const ASKS = 10;
const BURSTS = 2;
const WARM_UP_MS = 2_000;
/** What was said of it stays for a moment. */
const FORGET_MS = 3_000;

/** What others got beside one attack. */
interface Beside {
  readonly answers: readonly Answer[];
  readonly bursts: readonly Survival[];
  readonly logBytes: number;
  /** What `ballast status` says of the attacker. */
  readonly named: string | undefined;
}

/** Prints a row for each attack, or for those whose names have one of the words in them. */
export async function benchHostile(words: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:hostile needs real guests; ${reason}\n`);
    return 1;
  }
  const names = Object.keys(ATTACKS).filter(
    (name) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const scene = await HostileScene.open();
  const rows: string[][] = [];
  let isHarmless = true;
  try {
    for (const name of names) {
      const without = await beside(scene, name, "nowhere");
      const under = await beside(scene, name, "broker");
      isHarmless &&= under.bursts.every(({ survived }) => survived) && offBy(without, under) <= 0.1;
      rows.push(row(name, without, under));
      process.stderr.write(`${rows.at(-1)?.join(", ")}\n`);
    }
  } finally {
    await scene.close();
  }
  const head = [
    "a real guest's attack",
    "demand answered p50, without → with",
    "p99",
    "target off by",
    "real burst: round trip",
    "survived",
    "log",
    "`ballast status` says of it",
  ];
  process.stdout.write(
    `${ASKS} demands and ${BURSTS} bursts of honest guests each; without: the guest does the same, but nobody hears it.\n\n`,
  );
  process.stdout.write(`${markdownTable(head, rows)}\n`);
  return isHarmless ? 0 : 1;
}

async function beside(scene: HostileScene, attack: string, end: AttackEnd): Promise<Beside> {
  const logBefore = scene.broker.logText().length;
  const stop = await scene.attack(attack, end);
  await sleep(WARM_UP_MS);
  const answers: Answer[] = [];
  const bursts: Survival[] = [];
  for (let i = 0; i < ASKS; i++) answers.push(await scene.ask());
  for (let i = 0; i < BURSTS; i++) bursts.push(await scene.burst());
  const { problem } = await scene.broker.guest("odd");
  await stop();
  await sleep(FORGET_MS);
  return { answers, bursts, logBytes: scene.broker.logText().length - logBefore, named: problem };
}

/** Largest difference of a target from those without the attack, 0…1. */
function offBy(without: Beside, under: Beside): number {
  const usual = median(without.answers.map(({ targetBytes }) => targetBytes)) ?? 0;
  return Math.max(...under.answers.map(({ targetBytes }) => Math.abs(targetBytes - usual) / usual));
}

function row(name: string, without: Beside, under: Beside): string[] {
  const took = (share: number) =>
    [without, under]
      .map(({ answers }) =>
        figure(
          quantile(
            answers.map(({ tookMs }) => tookMs),
            share,
          ),
          1,
          " ms",
        ),
      )
      .join(" → ");
  const trips = ({ bursts }: Beside) =>
    figure(median(bursts.flatMap(({ roundTripMs }) => roundTripMs ?? [])), 0, " ms");
  const lived = under.bursts.filter(({ survived }) => survived).length;
  return [
    name,
    took(0.5),
    took(0.99),
    figure(100 * offBy(without, under), 0, " %"),
    `${trips(without)} → ${trips(under)}`,
    `${lived} of ${under.bursts.length}`,
    figure(under.logBytes / 1024, 0, " KiB"),
    under.named ?? "nothing",
  ];
}
