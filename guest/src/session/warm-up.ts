/** Walks the urgent path before it is needed, so that its code is loaded and compiled when the guest starves. */
import { encodeEnvelope, encodeFrame } from "@ballast/proto";
import { buildDemand, buildReport } from "../judgement/build-report.ts";
import { DemandGate } from "../judgement/demand-gate.ts";
import { SampleJudge } from "../judgement/judge.ts";
import type { GuestTraits, MemorySample } from "../sample/memory-sample.ts";

const MIB = 1024 * 1024;
const ROUNDS = 60;
const SESSION = "0000000000000000";

/** Plays a guest that runs out, some hundred times, in about 50 ms; nothing is sent. Returns the frames' bytes. */
export function warmUp(
  traits: GuestTraits,
  read: (nowMs: number, urgent: boolean) => MemorySample,
  nowMs: number,
): number {
  const assessor = new SampleJudge(traits);
  const gate = new DemandGate();
  let frameBytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const sample = starving(read(nowMs, round % 10 === 0), round);
    const assessment = assessor.judge(sample, {
      shortestIntervalMs: 20,
      longestIntervalMs: 2000,
      assumedGrowthBytesPerSecond: 256 * MIB,
      helpMs: gate.helpMs(undefined),
      waitingForHelp: gate.isWaiting(sample.sampledAtMs),
      inflating: false,
    });
    if (!assessment?.demand) continue;
    gate.observe(assessment.atMs, assessment.use.totalBytes);
    if (!gate.shouldSend(assessment.demand, assessment.atMs)) continue;
    gate.sent(assessment.demand, assessment.atMs, assessment.use.totalBytes);
    const report = buildReport(sample, assessment, { roundTripMs: gate.roundTripMs, cpuUs: round });
    for (const message of [buildDemand(assessment, assessment.demand), report]) {
      frameBytes += encodeFrame(encodeEnvelope({ session: SESSION, sequence: round, message })).length;
    }
  }
  return frameBytes;
}

/** The real sample, with memory running out instead. */
function starving(sample: MemorySample, round: number): MemorySample {
  const availableBytes = (48 - (round % 48)) * MIB;
  return {
    ...sample,
    sampledAtMs: round * 50,
    meminfo: {
      ...sample.meminfo,
      totalBytes: 160 * MIB,
      availableBytes,
      freeBytes: availableBytes,
      fileBytes: 0,
    },
  };
}
