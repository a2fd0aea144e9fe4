/** Figures that are read over and over into the same place, for which a new object each time would be garbage soon. */

/** A field is absent when its figure is. */
export type FieldValues<F extends string> = { readonly [K in F]?: number };

/** No more than 30 fields; each has the number of its place among them. */
export class FieldView<F extends string> {
  readonly #fields: readonly F[];
  readonly #unit: number;
  readonly #figures: Float64Array;
  readonly #getters: readonly (() => number)[];
  /** Which fields have a figure, a bit each. */
  #known = 0;
  /**
   * Prototype of what is shown. V8 compiles a getter in place only where all objects of a shape have the same, and views with a field of the
   * same name would share a shape: objects of another prototype have another.
   */
  readonly #kind = {};
  #shown: FieldValues<F> = {};
  #shownKnown = 0;

  /** Every figure is shown multiplied by `unit`. */
  constructor(fields: readonly F[], unit = 1) {
    this.#fields = fields;
    this.#unit = unit;
    const figures = new Float64Array(fields.length);
    this.#figures = figures;
    this.#getters = fields.map((_field, slot) => reader(figures, slot, unit));
  }

  /** Makes all fields absent. */
  clear(): void {
    this.#known = 0;
  }

  /** Adds to a field's figure; what is no exact number leaves it as it is. */
  add(slot: number, value: number): void {
    if (!Number.isSafeInteger(value * this.#unit)) return;
    const bit = 1 << slot;
    this.#figures[slot] = (this.#known & bit) === 0 ? value : (this.#figures[slot] ?? 0) + value;
    this.#known |= bit;
  }

  /** Replaces a field's figure; what is no exact number makes it absent. */
  set(slot: number, value: number): void {
    this.#known &= ~(1 << slot);
    this.add(slot, value);
  }

  /** The fields as they are now, and as they will be: it is the same object for as long as the same fields have figures. */
  show(): FieldValues<F> {
    if (this.#known !== this.#shownKnown) this.#build();
    return this.#shown;
  }

  #build(): void {
    const shown: FieldValues<F> = Object.create(this.#kind);
    this.#fields.forEach((field, slot) => {
      const get = this.#getters[slot];
      if (get && (this.#known & (1 << slot)) !== 0)
        Object.defineProperty(shown, field, { enumerable: true, get });
    });
    this.#shown = shown;
    this.#shownKnown = this.#known;
  }
}

/** So short (27 bytes of V8's bytecode) that compiled code holds it in place of a call, which would have to allocate the number. */
function reader(figures: Float64Array, slot: number, unit: number): () => number {
  return () => (figures[slot] as number) * unit;
}
