/** A program that writes a history as fast as it can and prints each step that was committed. Its argument is the file. */
import { HistoryStore } from "../../host/src/history/store.ts";
import { aSample, BEGIN_MS, STEP_MS } from "./history-samples.ts";

const store = new HistoryStore(process.argv[2] ?? "", 64 * 1024 * 1024);
const newest = store.newestMs();
let step = newest === undefined ? 0 : (newest - BEGIN_MS) / STEP_MS + 1;
const write = () => {
  store.write(aSample(step));
  process.stdout.write(`${step}\n`);
  step += 1;
  setImmediate(write);
};
write();
