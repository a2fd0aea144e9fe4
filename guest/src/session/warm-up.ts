/** Runs the urgent path before it is needed, so that its code is loaded and compiled when the guest starves. */
import { encodeEnvelope, encodeFrame } from "@ballast/proto";
import { AgentJudge } from "../judgement/agent-judge.ts";
import { buildDemand, buildReport } from "../judgement/build-report.ts";
import type { GuestTraits, MemorySample } from "../sample/memory-sample.ts";

const MIB = 1024 * 1024;
const TICKS = 60;
const BALLOON_PAGES = 256;
const SESSION = "0000000000000000";

/** Simulates a guest that runs out some hundred times, in about 50 ms. Nothing is sent. Returns the frames' bytes. */
export function warmUp(
  traits: GuestTraits,
  read: (nowMs: number, urgent: boolean) => MemorySample,
  nowMs: number,
): number {
  const judge = new AgentJudge(traits, undefined);
  let frameBytes = 0;
  for (let tick = 0; tick < TICKS; tick++) {
    const sample = starving(read(nowMs, tick % 10 === 0), tick);
    const judgement = judge.judge(sample);
    const demand = judgement && judge.demandToSend(judgement);
    if (!judgement || !demand) continue;
    const report = buildReport(sample, judgement, { roundTripMs: judge.roundTripMs, cpuUs: tick });
    for (const message of [buildDemand(judgement, demand), report]) {
      frameBytes += encodeFrame(encodeEnvelope({ session: SESSION, sequence: tick, message })).length;
    }
  }
  return frameBytes;
}

/** The real sample, changed so that memory runs out and the balloon is not empty: without a balloon no demand is made. */
function starving(sample: MemorySample, tick: number): MemorySample {
  const availableBytes = (48 - (tick % 48)) * MIB;
  const { counters } = sample;
  return {
    ...sample,
    sampledAtMs: tick * 50,
    counters: counters && {
      ...counters,
      vmstat: { ...counters.vmstat, balloonInflatePages: BALLOON_PAGES, balloonDeflatePages: 0 },
    },
    meminfo: {
      ...sample.meminfo,
      totalBytes: 160 * MIB,
      availableBytes,
      freeBytes: availableBytes,
      fileBytes: 0,
      balloonBytes: MIB,
    },
  };
}
