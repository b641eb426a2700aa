import type { ByteReader } from './byteReader.ts';
import { Dict, Global, Inert, type Items } from './values.ts';

/** What the reader may do where a pickle asks for more than plain values. */
export interface PickleRules {
  /** Gives what stands for the result of a call that the pickle describes, or throws. Nothing is called. */
  call(name: string, args: Items): unknown;
  /** Whether the pickle may name this function or class at all, `module.name`; throws where not. Any, where absent. */
  allow?(name: string): void;
  /** What stands for a byte string, as Python 2 writes its texts: text in UTF-8 where absent. */
  byteString?(bytes: Uint8Array): unknown;
  /** Gives an object that `call` gave the state that the pickle has for it. Inert ones keep theirs by themselves. */
  build?(target: unknown, state: unknown): void;
  /** Resolves a reference to something outside the pickle. */
  resolve(id: unknown): unknown;
}

export const MARK = Symbol('mark');

/** The stack of a pickle: values, and marks between them. Nothing in it runs code. */
export class Machine {
  readonly stack: unknown[] = [];
  readonly memo = new Map<number, unknown>();
  readonly reader: ByteReader;
  readonly rules: PickleRules;

  constructor(reader: ByteReader, rules: PickleRules) {
    this.reader = reader;
    this.rules = rules;
  }

  #tooFew(): Error {
    return this.reader.refusal('its pickle takes more values than it has');
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) throw this.#tooFew();
    const value = this.stack.pop();
    if (value === MARK) throw this.#tooFew();
    return value;
  }

  top(): unknown {
    const value = this.stack.at(-1);
    if (this.stack.length === 0 || value === MARK) throw this.#tooFew();
    return value;
  }

  /** The last `n` values, in order. */
  last(n: number): Items {
    const items = Array.from({ length: n }, () => this.pop());
    return items.reverse();
  }

  /** Everything above the last mark, without it. */
  sinceMark(): Items {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) throw this.reader.refusal('its pickle has no mark where one is needed');
    return this.stack.splice(at).slice(1);
  }

  append(items: Items): void {
    const list = this.top();
    const into = list instanceof Inert ? list.list : list;
    if (!Array.isArray(into)) throw this.reader.refusal('its pickle appends to what is no list');
    for (const item of items) into.push(item);
  }

  setItems(items: Items): void {
    const dict = this.top();
    const into = dict instanceof Inert ? dict.items : dict;
    if (!(into instanceof Dict))
      throw this.reader.refusal('its pickle sets an item of what is no dictionary');
    if (items.length % 2 !== 0) throw this.reader.refusal('its pickle sets a key without a value');
    for (let i = 0; i < items.length; i += 2) into.entries.push([items[i], items[i + 1]]);
  }

  dict(items: Items): void {
    this.push(new Dict());
    this.setItems(items);
  }

  /** A call that the pickle describes: of a name, or of what such a call would have given. */
  call(callee: unknown, args: unknown): void {
    const given = Array.isArray(args) ? (args as Items) : [args];
    if (callee instanceof Global) this.push(this.rules.call(callee.name, given));
    else if (callee instanceof Inert) this.push(new Inert(callee.name, [...callee.args, ...given]));
    else throw this.reader.refusal('its pickle calls what is no function');
  }

  /** The attributes of an object. Of plain values nothing is needed: PyTorch gives some to its ordered dictionaries. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof Inert) target.state = state;
    else this.rules.build?.(target, state);
  }

  global(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw this.reader.refusal('its pickle names a function by what is no text');
    const full = `${module}.${name}`;
    this.rules.allow?.(full);
    this.push(new Global(full));
  }

  byteString(bytes: Uint8Array): void {
    const { rules } = this;
    this.push(rules.byteString ? rules.byteString(bytes) : new TextDecoder().decode(bytes));
  }

  recall(index: number): void {
    if (!this.memo.has(index))
      throw this.reader.refusal(`its pickle recalls value ${index}, which it never kept`);
    this.push(this.memo.get(index));
  }
}
