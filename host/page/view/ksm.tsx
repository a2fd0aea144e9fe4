/** What KSM does and saves, in a line. */
import { formatSize } from "../../src/cli/format/sizes.ts";
import type { KsmStatus } from "../../src/model/ksm-status.ts";

export function Ksm({ ksm }: { readonly ksm: KsmStatus | undefined }) {
  return (
    <section aria-labelledby="ksm">
      <h2 id="ksm">KSM</h2>
      {ksm === undefined ? (
        <p>This kernel has no KSM, or the broker has not read it yet.</p>
      ) : (
        <p>
          {ksm.run === 1 ? "It scans" : "It rests"} and saves <strong>{formatSize(ksm.savedBytes)}</strong>{" "}
          (mode {ksm.mode}
          {cost(ksm)}). {ksm.text}
        </p>
      )}
      {ksm?.problem !== undefined && <p class="problem">{ksm.problem}</p>}
    </section>
  );
}

function cost({ cpuPercent, yieldBytesPerCpuSecond }: KsmStatus): string {
  const cpu = cpuPercent === undefined ? "" : `, ${cpuPercent.toFixed(1)} % of a processor`;
  if (yieldBytesPerCpuSecond === undefined) return cpu;
  return `${cpu}, last scan ${formatSize(yieldBytesPerCpuSecond)} for each second of it`;
}
