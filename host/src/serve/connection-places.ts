/** Bounds the connections of the control socket by what they do: each kind has places of its own, and none keeps out another. */

/** What a place is given to. */
export interface Cuttable {
  destroy(): void;
}

export interface PlaceBounds {
  /** Connections without a complete request. */
  readonly waiting: number;
  /** Connections whose answer is not taken yet. */
  readonly answering: number;
}

/**
 * Where one more comes than there are places, the oldest of its kind is cut: silent connections push out each other, not the admin who
 * asks and reads. Event streams have no place here, so they are never cut; their own number is bounded where they are opened.
 */
export class ConnectionPlaces<T extends Cuttable> {
  readonly #bounds: PlaceBounds;
  /** In the order in which they came. */
  readonly #waiting = new Set<T>();
  readonly #answering = new Set<T>();

  constructor(bounds: PlaceBounds) {
    this.#bounds = bounds;
  }

  /** A connection that was just opened, or whose answer is taken: its next request is waited for. */
  wait(connection: T): void {
    this.leave(connection);
    enter(connection, this.#waiting, this.#bounds.waiting);
  }

  /** Its request is complete. */
  answer(connection: T): void {
    this.leave(connection);
    enter(connection, this.#answering, this.#bounds.answering);
  }

  /** It is closed, or has become an event stream. */
  leave(connection: T): void {
    this.#waiting.delete(connection);
    this.#answering.delete(connection);
  }
}

function enter<T extends Cuttable>(connection: T, places: Set<T>, most: number): void {
  places.add(connection);
  const [oldest] = places;
  if (places.size <= most || oldest === undefined) return;
  places.delete(oldest);
  oldest.destroy();
}
