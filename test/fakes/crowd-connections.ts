/** A crowd for one test. */
import { onTestFinished } from "vitest";
import { type Crowd, startCrowd } from "../testbed/crowd.ts";

/** Goes on until the test has ended. */
export function keepCrowd(crowd: Crowd): void {
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  startCrowd(crowd, ended.signal);
}
