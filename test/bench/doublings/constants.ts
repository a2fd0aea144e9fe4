/** Finds the numeric constants of a source file: top-level `const NAME = number`, and numbers in a top-level constant object. */
import {
  type Expression,
  isAsExpression,
  isIdentifier,
  isObjectLiteralExpression,
  isParenthesizedExpression,
  isPropertyAssignment,
  isSatisfiesExpression,
  isVariableStatement,
  NodeFlags,
  type SourceFile,
} from "typescript/unstable/ast";
import { API, type Checker, type Type, TypeFlags } from "typescript/unstable/sync";

/** One constant, and where its value stands in the text of its file. */
export interface Constant {
  /** Absolute path. */
  readonly file: string;
  /** `NAME`, or `NAME.field` within a constant object. */
  readonly name: string;
  /** The value as it is written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The constants of those files of a TypeScript project whose path contains a filter. */
export function findConstants(tsconfig: string, isWanted: (file: string) => boolean): readonly Constant[] {
  const api = new API();
  try {
    const snapshot = api.updateSnapshot({ openProjects: [tsconfig] });
    const project = snapshot.getProject(tsconfig);
    if (project === undefined) throw new Error(`${tsconfig} is not a TypeScript project`);
    const sources = project.rootFiles.flatMap((file) => project.program.getSourceFile(file) ?? []);
    const known = new Set(sources.flatMap((source) => declarationsOf(source).map(([name]) => name)));
    return sources
      .filter(({ fileName }) => isWanted(fileName))
      .flatMap((source) => constantsOf(source, known, project.checker));
  } finally {
    api.close();
  }
}

/** Top-level `const NAME = value` of a file. */
function declarationsOf({ statements }: SourceFile): (readonly [name: string, value: Expression])[] {
  return statements
    .filter(isVariableStatement)
    .filter(({ declarationList }) => (declarationList.flags & NodeFlags.Const) !== 0)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .flatMap(({ name, initializer }) =>
      isIdentifier(name) && initializer !== undefined ? [[name.text, initializer] as const] : [],
    );
}

function constantsOf(source: SourceFile, known: ReadonlySet<string>, checker: Checker): Constant[] {
  return declarationsOf(source).flatMap(([name, value]) => numbersIn(name, value));

  function numbersIn(name: string, value: Expression): Constant[] {
    const bare = unwrapped(value);
    if (isObjectLiteralExpression(bare)) {
      return bare.properties.filter(isPropertyAssignment).flatMap((property) => {
        const key = property.name.getText(source).replaceAll('"', "");
        return numbersIn(`${name}.${key}`, property.initializer);
      });
    }
    const text = bare.getText(source);
    // Another constant's name is doubled where that one stands, and twice nothing is nothing.
    if ((isIdentifier(bare) && known.has(text)) || Number(text) === 0) return [];
    const type = checker.getTypeAtLocation(bare);
    if (type === undefined || !isNumber(type)) return [];
    return [{ file: source.fileName, name, text, start: bare.getStart(source), end: bare.getEnd() }];
  }
}

function unwrapped(value: Expression): Expression {
  return isAsExpression(value) || isSatisfiesExpression(value) || isParenthesizedExpression(value)
    ? unwrapped(value.expression)
    : value;
}

function isNumber({ flags }: Type): boolean {
  return (flags & (TypeFlags.Number | TypeFlags.NumberLiteral)) !== 0;
}

/** The text of a file with one of its constants doubled. */
export function doubled(text: string, { start, end }: Constant): string {
  return `${text.slice(0, start)}2 * (${text.slice(start, end)})${text.slice(end)}`;
}
