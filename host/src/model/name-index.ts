/** Finding by name in lists that are replaced as a whole: with thousands of guests, looking through a list for each guest would hold the broker up. */

/** Remembers one list's names; another list is indexed when it is first asked about. Of two items with one name the later counts. */
export class NameIndex<Item extends { readonly name: string }> {
  #list: readonly Item[] | undefined;
  #items: ReadonlyMap<string, Item> = new Map();

  /** The list's item of that name; the list must not have changed since it was first handed over. */
  find(list: readonly Item[], name: string): Item | undefined {
    if (list !== this.#list) {
      this.#list = list;
      this.#items = new Map(list.map((item) => [item.name, item]));
    }
    return this.#items.get(name);
  }
}
