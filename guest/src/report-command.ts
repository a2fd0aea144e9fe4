/** `ballast-agent report`: one sample, judged and printed. */
import type { ReportCommand } from "./cli.ts";
import { monotonicMs } from "./clock.ts";
import { SampleJudge } from "./judgement/judge.ts";
import { acceptTuning } from "./judgement/tuning.ts";
import type { Platform } from "./platform/platform.ts";
import { reportObject, reportText } from "./print-report.ts";

/** What to print; absent when the guest does not tell what is available. */
export function takeReport(command: ReportCommand, platform: Platform): string | undefined {
  const reader = platform.openReader(command.roots);
  const sample = reader.read(monotonicMs(), true);
  const settings = { ...acceptTuning(undefined), helpMs: 0, waitingForHelp: false, inflating: false };
  const assessment = new SampleJudge(reader.traits).judge(sample, settings);
  reader.close();
  if (!assessment) return undefined;
  return command.json
    ? `${JSON.stringify(reportObject(sample, assessment, reader.traits))}\n`
    : reportText(sample, assessment, reader.traits);
}
