/** A function or class that a pickle names, `module.name`; it is never called. */
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

/** Values that a pickle groups; lists and tuples alike. */
export type Items = unknown[];
