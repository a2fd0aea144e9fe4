/** Runs test files again and again with one source file changed in memory only. */
import { createVitest, type TestModule, type TestSpecification, type Vitest } from "vitest/node";
import { ROOT } from "../../bootstrap/tools.ts";
import { shared } from "../../vitest.config.ts";

/** A source file as it is to be read instead of what stands on the disk. */
export interface Replacement {
  readonly file: string;
  readonly text: string;
}

/** One vitest instance with one worker; runs of one lane follow each other. */
export class TestLane {
  private replacement: Replacement | undefined;
  private readonly vitest: Promise<Vitest>;
  private specifications: readonly TestSpecification[] = [];

  constructor() {
    const overlay = {
      name: "doubled-constant",
      enforce: "pre" as const,
      load: async (id: string) =>
        id === this.replacement?.file
          ? { code: this.replacement.text, moduleType: "ts" as const, map: null }
          : undefined,
    };
    this.vitest = createVitest(
      {
        config: false,
        root: `${ROOT}test`,
        include: ["unit/**/*.test.ts"],
        watch: false,
        // It would serve what was read before.
        fsModuleCache: false,
        isolate: false,
        maxWorkers: 1,
        reporters: [{}],
      },
      { ...shared, plugins: [overlay] },
    );
  }

  /** Runs the files that `filters` name as they are; names of the tests that fail. Has to be the first run. */
  async begin(filters: readonly string[]): Promise<readonly string[]> {
    const vitest = await this.vitest;
    this.specifications = await vitest.globTestSpecifications([...filters]);
    return this.run(this.specifications.map(({ moduleId }) => moduleId));
  }

  /** Test files that import a source file, by themselves or through others. */
  async testsOf(file: string): Promise<readonly string[]> {
    const vitest = await this.vitest;
    const graphs = vitest.projects.flatMap(({ vite }) =>
      Object.values(vite.environments).map(({ moduleGraph }) => moduleGraph),
    );
    const importers = new Set<string>();
    const pending = graphs.flatMap((graph) => [...(graph.getModulesByFile(file) ?? [])]);
    for (let module = pending.pop(); module !== undefined; module = pending.pop()) {
      if (module.file === null || importers.has(module.file)) continue;
      importers.add(module.file);
      pending.push(...module.importers);
    }
    return this.specifications.map(({ moduleId }) => moduleId).filter((id) => importers.has(id));
  }

  /** Runs test files with a source file replaced; names of the tests that fail. */
  async failures(tests: readonly string[], replacement: Replacement): Promise<readonly string[]> {
    const vitest = await this.vitest;
    this.replacement = replacement;
    vitest.invalidateFile(replacement.file);
    try {
      return await this.run(tests);
    } finally {
      this.replacement = undefined;
      vitest.invalidateFile(replacement.file);
    }
  }

  async end(): Promise<void> {
    await (await this.vitest).close();
  }

  private async run(tests: readonly string[]): Promise<readonly string[]> {
    const vitest = await this.vitest;
    const wanted = this.specifications.filter(({ moduleId }) => tests.includes(moduleId));
    if (wanted.length === 0) return [];
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(wanted);
    // Results of earlier runs are among them. In the order that was asked for.
    const ran = tests.flatMap((test) => testModules.filter(({ moduleId }) => moduleId === test));
    const failures = ran.flatMap(failuresOf);
    return failures.length > 0 ? failures : unhandledErrors.map(String);
  }
}

function failuresOf(module: TestModule): string[] {
  const failed = [...module.children.allTests("failed")].map(({ fullName }) => fullName);
  return failed.length === 0 && module.errors().length > 0
    ? [`${module.relativeModuleId} does not load`]
    : failed;
}
