/** `@ballast/guest/judgement`: the agent's decisions without its operating system, for the host's simulator. */

export type { GuestTraits, MemorySample, Mutable } from "../sample/memory-sample.ts";
export { ReadingTimes } from "../sample/reading-times.ts";
export { AgentJudge } from "./agent-judge.ts";
export { buildDemand, buildReport } from "./build-report.ts";
export type { DemandDecision } from "./forecast.ts";
export type { SampleJudgement } from "./judge.ts";
export { acceptTuning } from "./tuning.ts";
