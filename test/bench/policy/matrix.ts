/** Runs controllers through scenarios, each with several seeds. */

import { figuresOf, judge, type Row } from "../../../host/src/simulate/compare.ts";
import type { ControllerMaker } from "../../../host/src/simulate/controller.ts";
import { runController, workAlone } from "../../../host/src/simulate/run.ts";
import type { ScenarioMaker } from "../../../host/src/simulate/scenario.ts";

/** One scenario's controllers side by side. */
export interface MatrixLine {
  readonly scenario: string;
  readonly title: string;
  /** Needs exceed the host: no goal can be set. */
  readonly short: boolean;
  readonly rows: readonly Row[];
}

/** All lines; `heard` is told of each as it is done. */
export function runMatrix(
  makers: readonly ScenarioMaker[],
  controllers: readonly ControllerMaker[],
  seeds: readonly number[],
  heard: (line: MatrixLine) => void,
): MatrixLine[] {
  return makers.map((maker) => {
    const worlds = seeds.map((seed) => maker.make(seed));
    const alone = worlds.map(workAlone);
    const figures = controllers.map((controller) => {
      const runs = worlds.map((world, i) => runController(world, controller, alone[i] ?? 0));
      return figuresOf(controller.name, runs);
    });
    const line = {
      scenario: maker.name,
      title: maker.title,
      short: worlds.some(({ short }) => short === true),
      rows: judge(figures),
    };
    heard(line);
    return line;
  });
}

/** One controller's figures in a line. */
export function rowOf({ rows }: MatrixLine, controller: string): Row | undefined {
  return rows.find((row) => row.controller === controller);
}
