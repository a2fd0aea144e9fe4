/** Restores KSM's knobs after a broker that crashed, while no broker runs. */
import type { KsmReading } from "../../model/ksm.ts";
import type { KsmRepair } from "../../model/status.ts";
import type { KsmAdapters } from "./adapters.ts";
import { SavedKnobs } from "./saved-knobs.ts";

/** Never rejects. */
export async function repairKsm(ports: Omit<KsmAdapters, "clock">): Promise<KsmRepair> {
  const before = await ports.reader.read();
  if (before === undefined) return { text: "this kernel has no KSM, or it cannot be read" };
  const savedKnobs = new SavedKnobs(ports.writer, ports.record);
  const { otherBroker } = savedKnobs.takeOver();
  if (otherBroker !== undefined)
    return found(before, `ballastd (process ${otherBroker}) runs and holds it, but does not answer here`);
  if (Object.keys(savedKnobs.found).length === 0) return found(before, "as it is, no broker has changed it");
  try {
    await savedKnobs.restore(before.knobs);
    const after = (await ports.reader.read()) ?? before;
    return found(after, "the last broker crashed; KSM's knobs are put back as it found them");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return found(before, `the last broker crashed, and its changes stay: ${why}`);
  }
}

function found({ knobs, savedBytes, pagesSharing }: KsmReading, text: string): KsmRepair {
  return { text, run: knobs.run, savedBytes, pagesSharing };
}
