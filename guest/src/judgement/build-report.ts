/** Builds the wire's messages from a judged sample. */
import type { Demand, Report } from "@ballast/proto";
import type { MemorySample } from "../sample/memory-sample.ts";
import type { DemandDecision } from "./forecast.ts";
import type { SampleJudgement } from "./judge.ts";

/** What the agent knows of itself. */
export interface AgentFigures {
  readonly roundTripMs: number | undefined;
  readonly cpuUs: number | undefined;
  readonly touchBytesPerSecond?: number | undefined;
}

/** The report of one sample. */
export function buildReport(sample: MemorySample, assessment: SampleJudgement, agent: AgentFigures): Report {
  const { meminfo, slow, arc } = sample;
  return {
    type: "report",
    sampledAtMs: sample.sampledAtMs,
    totalBytes: meminfo.totalBytes,
    availableBytes: meminfo.availableBytes,
    freeBytes: meminfo.freeBytes,
    cacheBytes: meminfo.fileBytes,
    activeCacheBytes: meminfo.activeFileBytes,
    balloonBytes: assessment.use.balloonBytes,
    pressure: assessment.pressure,
    growthBytesPerSecond: assessment.growth.bytesPerSecond,
    growthPeakBytesPerSecond: assessment.growth.peakBytesPerSecond,
    touchBytesPerSecond: agent.touchBytesPerSecond,
    demandReserveBytes: assessment.reserveBytes,
    intervalMs: assessment.intervalMs,
    roundTripMs: agent.roundTripMs,
    anonymousBytes: meminfo.anonymousBytes,
    sharedBytes: meminfo.sharedBytes,
    dirtyBytes: meminfo.dirtyBytes,
    unevictableBytes: meminfo.unevictableBytes,
    slabReclaimableBytes: meminfo.slabReclaimableBytes,
    hugetlbBytes: meminfo.hugetlbBytes,
    committedBytes: meminfo.committedBytes,
    commitLimitBytes: meminfo.commitLimitBytes,
    watermarkReserveBytes: slow.watermarkReserveBytes,
    arcSizeBytes: arc?.arcSizeBytes,
    arcMinBytes: arc?.arcMinBytes,
    arcAvailableBytes: arc && assessment.use.arcAvailableBytes,
    swapTotalBytes: meminfo.swapTotalBytes,
    swapFreeBytes: meminfo.swapFreeBytes,
    zramUsedBytes: slow.zramUsedBytes,
    ...counterFields(sample),
    oomKillsTotal: assessment.oomKills,
    agentCpuUsTotal: agent.cpuUs,
    agentPrivateBytes: slow.agentPrivateBytes,
  };
}

function counterFields(sample: MemorySample): Partial<Report> {
  if (!sample.counters) return {};
  const { vmstat, pressure } = sample.counters;
  return {
    refaultFilePagesTotal: vmstat.refaultFilePages,
    refaultAnonPagesTotal: vmstat.refaultAnonPages,
    scanDirectPagesTotal: vmstat.scanDirectPages,
    scanBackgroundPagesTotal: vmstat.scanBackgroundPages,
    stealPagesTotal: vmstat.stealPages,
    allocationStallsTotal: vmstat.allocationStalls,
    swapInPagesTotal: vmstat.swapInPages,
    swapOutPagesTotal: vmstat.swapOutPages,
    majorFaultsTotal: vmstat.majorFaults,
    pageInKibTotal: vmstat.pageInKib,
    stallSomeUsTotal: pressure.someStallUs,
    stallFullUsTotal: pressure.fullStallUs,
  };
}

/** The demand that a sample led to, with the figures that it was decided on. */
export function buildDemand(assessment: SampleJudgement, demand: DemandDecision): Demand {
  const { use, growth } = assessment;
  return {
    type: "demand",
    level: demand.level,
    needBytes: demand.needBytes,
    availableBytes: use.availableBytes - use.arcAvailableBytes,
    arcAvailableBytes: use.arcAvailableBytes > 0 ? use.arcAvailableBytes : undefined,
    growthBytesPerSecond: growth.bytesPerSecond,
    exhaustedInMs: demand.exhaustedInMs,
    sampledAtMs: assessment.atMs,
    balloonBytes: use.balloonBytes,
    totalBytes: use.totalBytes,
  };
}
