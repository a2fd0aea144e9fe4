/** Owns the terminal: a view redrawn in place where there is one, lines every few seconds where there is none. */
import { coloured, type Paint, plain } from "../../host/src/cli/format/paint.ts";
import type { Picture } from "./observation.ts";
import { eventLine, frame, plainLine } from "./view.ts";

/** Where the story is shown. */
export interface Screen {
  readonly paint: Paint;
  /** A line that stays. */
  say(line: string): void;
  /** What is now. */
  show(picture: Picture): void;
  /** What is shown now stays; lines said later stand below. */
  settle(): void;
}

/** What a screen needs of the stream it writes to. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const LINE_EVERY_MS = 3_000;
const DEFAULT_COLUMNS = 100;
/** ECMA-48: cursor up, erase to the end of the screen. */
const up = (lines: number) => (lines === 0 ? "" : `\u001b[${lines}A`);
const ERASE_BELOW = "\r\u001b[J";
/** Kinds of events that are worth a line each in a log. */
const TOLD: ReadonlySet<string> = new Set(["demand", "regime", "problem", "policy"]);

/** The screen that suits the stream; `NO_COLOR` is honoured. */
export function createScreen(output: Output, env: NodeJS.ProcessEnv): Screen {
  if (output.isTTY !== true || env["TERM"] === "dumb") return new PlainScreen(output);
  return new LiveScreen(output, env["NO_COLOR"] ? plain : coloured);
}

class LiveScreen implements Screen {
  readonly paint: Paint;
  readonly #output: Output;
  #shown: readonly string[] = [];

  constructor(output: Output, paint: Paint) {
    this.#output = output;
    this.paint = paint;
  }

  say(line: string): void {
    this.#output.write(`${up(this.#shown.length)}${ERASE_BELOW}${line}\n`);
    this.#shown = [];
  }

  show(picture: Picture): void {
    const lines = frame(picture, this.#output.columns ?? DEFAULT_COLUMNS, this.paint);
    this.#output.write(`${up(this.#shown.length)}${ERASE_BELOW}${lines.join("\n")}\n`);
    this.#shown = lines;
  }

  settle(): void {
    this.#shown = [];
  }
}

class PlainScreen implements Screen {
  readonly paint: Paint = plain;
  readonly #output: Output;
  #headline: string | undefined;
  #lineAtMs = 0;
  #toldEvent = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  say(line: string): void {
    this.#output.write(`${line}\n`);
  }

  show(picture: Picture): void {
    const isNewChapter = picture.headline !== this.#headline;
    if (isNewChapter) this.say(`\n${picture.headline}`);
    this.#headline = picture.headline;
    for (const event of picture.events) {
      if (event.id > this.#toldEvent && TOLD.has(event.kind)) this.say(`  ${eventLine(event)}`);
      this.#toldEvent = Math.max(this.#toldEvent, event.id);
    }
    if (!isNewChapter && picture.atMs < this.#lineAtMs) return;
    this.#lineAtMs = picture.atMs + LINE_EVERY_MS;
    this.say(plainLine(picture));
  }

  settle(): void {}
}
