/** A function or class that a pickle names, `module.name`; it is never looked up, imported or called. */
export class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A dictionary in the order it was written. Keys may be anything. */
export class Dict {
  readonly entries: [unknown, unknown][] = [];
}

/** Values that a pickle groups; lists, tuples and sets alike. */
export type Items = unknown[];

/**
 * What stands for an object that a pickle describes and nobody makes: its class or function by name, and the plain
 * values that it would have been made from.
 */
export class Inert {
  readonly name: string;
  readonly args: Items;
  /** Items, of a class that is a dictionary; values, of one that is a list. */
  #items: Dict | undefined;
  #list: Items | undefined;
  /** Its attributes, as the pickle gives them: a dictionary nearly always. */
  state: unknown = undefined;
  constructor(name: string, args: Items) {
    this.name = name;
    this.args = args;
  }

  get items(): Dict {
    return (this.#items ??= new Dict());
  }

  get list(): Items {
    return (this.#list ??= []);
  }
}
