/** Puts KSM right after a broker that ended without notice, with no broker running. */
import type { KsmReading } from "../../model/ksm.ts";
import type { KsmRepair } from "../../model/status.ts";
import { Custody } from "./custody.ts";
import type { KsmPorts } from "./ports.ts";

/** Never rejects. */
export async function repairKsm(ports: Omit<KsmPorts, "clock">): Promise<KsmRepair> {
  const before = await ports.reader.read();
  if (before === undefined) return { text: "this kernel has no KSM, or it may not be read" };
  const custody = new Custody(ports.writer, ports.record);
  const { otherBroker } = custody.takeOver();
  if (otherBroker !== undefined)
    return found(before, `ballastd (process ${otherBroker}) runs and holds it, but does not answer here`);
  if (Object.keys(custody.found).length === 0) return found(before, "as it is, no broker has changed it");
  try {
    await custody.restore(before.knobs);
    const after = (await ports.reader.read()) ?? before;
    return found(after, "a broker ended without notice: KSM's knobs are put back as it found them");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return found(before, `a broker ended without notice, and its changes stay: ${why}`);
  }
}

function found({ knobs, savedBytes, pagesSharing }: KsmReading, text: string): KsmRepair {
  return { text, run: knobs.run, savedBytes, pagesSharing };
}
