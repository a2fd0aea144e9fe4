/** A crowd in a thread of its own, so that it takes no time of what is measured beside it. */
import { workerData } from "node:worker_threads";
import { type Crowd, startCrowd } from "../testbed/crowd.ts";

startCrowd(workerData as Crowd, new AbortController().signal);
