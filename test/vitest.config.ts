import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** What every suite is compiled with. */
export const shared = {
  resolve: {
    alias: {
      "@ballast/proto": source("../proto/src/index.ts"),
      "@ballast/guest/judgement": source("../guest/src/judgement/index.ts"),
    },
  },
};

/** Two files at a time even on two processors: most of a file's time is waiting for processes and sockets. */
const AT_A_TIME = 2;

/** Long, and only computed. */
const SIMULATED = ["long/{property,simulate}/**/*.test.ts", "long/doublings.test.ts"];

/** Suites: `unit`, `fast` and `worlds` need nothing but Node, `e2e` and `long` boot real guests, `faults` takes parts away from a real broker. */
export default defineConfig({
  root: source("."),
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: ["{unit,architecture}/**/*.test.ts"],
          testTimeout: 60_000,
          // Hundreds of small files: a process for each costs more than its tests do.
          isolate: false,
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: "fast",
          include: ["{contract,integration,property}/**/*.test.ts"],
          testTimeout: 60_000,
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: "worlds",
          include: [...SIMULATED, "property/host/world.test.ts"],
          env: { BALLAST_WORLDS: "1" },
          testTimeout: 900_000,
          // Nothing in them looks at a clock.
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...shared,
        test: {
          name: "long",
          include: ["long/**/*.test.ts"],
          exclude: SIMULATED,
          testTimeout: 900_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        ...shared,
        test: {
          name: "faults",
          include: ["faults/**/*.test.ts"],
          testTimeout: 900_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        ...shared,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          // Real guests need the processors for themselves.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
