import { tensor, type Variable } from '@tensorflow/tfjs-core';
import { UnderstoryError, tensorType, type NdArray } from '@understory/core';
import type { Slot, VariableStore } from '../graph/variableStore.ts';
import type { TensorContent } from '../graph/native.ts';
import type { Value } from '../graph/value.ts';
import { nativeBackend, type NativeBackend } from '../trace/internals.ts';
import { freeMemory } from './freeMemory.ts';
import type { Session } from './session.ts';

/** Bytes that go in in one turn of the event loop: more would hold it up, with the garbage collector's share. */
const IN = 2 ** 23;
/** Bytes that come out in one turn: what is large is not copied. */
const OUT = 2 ** 26;
/** First values from this size on, in bytes, are worth the time that freeing memory takes. */
const LARGE = 2 ** 25;

const bytesOf = (variables: readonly Variable[]): number =>
  variables.reduce((sum, { size }) => sum + 4 * size, 0);

/** What is of variables in groups of at most so many bytes; a larger one is alone. */
const groupsOf = <T>(most: number, all: readonly T[], variableOf: (one: T) => Variable): T[][] => {
  const groups: T[][] = [];
  let bytes = 0;
  for (const one of all) {
    const own = bytesOf([variableOf(one)]);
    const last = groups.at(-1);
    bytes += own;
    if (last && bytes <= most) last.push(one);
    else {
      groups.push([one]);
      bytes = own;
    }
  }
  return groups;
};
const itself = (variable: Variable): Variable => variable;
const ofSlot = ({ variable }: Slot): Variable => variable;

/** What a step is fed: as values of its graph, and their contents. */
export interface Feeds {
  readonly values: readonly Value[];
  readonly contents: readonly TensorContent[];
}

/**
 * Brings variables out of a session and into it; one that no step uses yet is tfjs's own alone. What feeds and fetches them is
 * put into the graph for all of them before the first run: TensorFlow sets a graph that has grown up again as a whole.
 */
export class VariableValues {
  readonly #store: VariableStore;
  readonly #session: Session;

  constructor(store: VariableStore, session: Session) {
    this.#store = store;
    this.#session = session;
  }

  /** Brings first values that tfjs has into the session, some MB at a time, and frees tfjs's copies of them as they come. */
  async take(slots: readonly Slot[]): Promise<void> {
    const outside = slots.filter(({ initial }) => initial === 'outside');
    outside.forEach((slot) => this.#store.setter(slot));
    const isLarge = bytesOf(outside.map(ofSlot)) > LARGE;
    if (isLarge) freeMemory();
    for (const group of groupsOf(IN, outside, ofSlot)) await this.#take(group);
    if (isLarge) freeMemory();
  }

  /** Computes first values that the step itself makes, of which some come from its `feeds`. */
  async compute(slots: readonly Slot[], feeds: Feeds): Promise<void> {
    for (const slot of slots) {
      if (slot.initial === null || slot.initial === 'outside') continue;
      const plan = this.#session.plan('first values', feeds.values, [], [slot.initial.assign]);
      await this.#session.run(plan, feeds.contents);
      settle(slot);
    }
  }

  async #take(slots: readonly Slot[]): Promise<void> {
    const values = slots.map((slot) => ({ slot, data: slot.variable.dataSync() }));
    await this.#session.assign(values, this.#store);
    slots.forEach(settle);
  }

  async read(variables: readonly Variable[]): Promise<NdArray[]> {
    const values: NdArray[] = [];
    for (const slot of variables.map((one) => this.#live(one))) if (slot) this.#store.getter(slot);
    for (const group of groupsOf(OUT, variables, itself)) values.push(...(await this.#readGroup(group)));
    return values;
  }

  async write(variables: readonly Variable[], values: readonly NdArray[]): Promise<void> {
    if (variables.length !== values.length) {
      throw new UnderstoryError(
        'invalid-value',
        `${variables.length} variables cannot take ${values.length} values.`,
      );
    }
    variables.forEach((variable, i) => requireFit(variable, values[i]!));
    for (const slot of variables.map((one) => this.#store.get(one))) if (slot) this.#store.setter(slot);
    let done = 0;
    for (const group of groupsOf(IN, variables, itself)) {
      await this.#writeGroup(group, values.slice(done, done + group.length));
      done += group.length;
    }
  }

  async #readGroup(variables: readonly Variable[]): Promise<NdArray[]> {
    const slots = variables.map((variable) => this.#live(variable));
    const inside = slots.filter((slot) => slot !== undefined);
    const copies = inside.map((slot) => this.#store.getter(slot));
    const results =
      copies.length > 0
        ? (await this.#session.run(this.#session.plan('read', [], copies, []), [])).outputs
        : [];
    const bySlot = new Map(inside.map((slot, i) => [slot, results[i]!.data]));
    return variables.map((variable, i) => {
      const data = slots[i] && bySlot.get(slots[i]);
      return arrayOf(variable, data ? typed(variable, data) : variable.dataSync());
    });
  }

  async #writeGroup(variables: readonly Variable[], values: readonly NdArray[]): Promise<void> {
    const inside = variables.flatMap((variable, i) => {
      const slot = this.#store.get(variable);
      return slot ? [{ slot, data: values[i]!.data }] : [];
    });
    await this.#session.assign(inside, this.#store);
    for (const { slot } of inside) slot.initial = null;
    variables.forEach((variable, i) => assignOutside(variable, values[i]!));
  }

  #live(variable: Variable): Slot | undefined {
    const slot = this.#store.get(variable);
    return slot?.initial === null ? slot : undefined;
  }
}

const typed = ({ dtype }: Variable, data: ArrayBuffer): NdArray['data'] => {
  if (dtype === 'int32') return new Int32Array(data);
  return dtype === 'bool' ? new Uint8Array(data) : new Float32Array(data);
};

const arrayOf = (variable: Variable, data: NdArray['data']): NdArray => ({
  dtype: variable.dtype as 'float32' | 'int32' | 'bool',
  shape: variable.shape,
  data,
});

const requireFit = (variable: Variable, { dtype, shape, data }: NdArray): void => {
  const same = tensorType(dtype) === variable.dtype && dtype !== 'uint8';
  if (same && shape.join() === variable.shape.join() && data.length === variable.size) return;
  throw new UnderstoryError(
    'invalid-value',
    `Variable "${variable.name}" is ${variable.dtype} [${variable.shape.join(', ')}] and cannot take ${data.length} numbers as ${dtype} [${shape.join(', ')}].`,
  );
};

const assignOutside = (variable: Variable, { data, shape, dtype }: NdArray): void => {
  const value = tensor(data, [...shape], tensorType(dtype));
  variable.assign(value);
  value.dispose();
};

/** Notes that the session has a variable's value, and frees tfjs's. */
const settle = (slot: Slot): void => {
  slot.initial = null;
  lend(nativeBackend(), slot.variable);
};

/**
 * Frees tfjs's own copy of a variable's value once the session has it: weights and an optimizer's state would lie in
 * memory twice. Whoever asks tfjs for the value is told where it is, instead of getting one that is out of date.
 */
const lend = ({ tensorMap, binding }: NativeBackend, variable: Variable): void => {
  const data = variable.isDisposed ? undefined : tensorMap.get(variable.dataId);
  if (!data || data.refCount > 1) return; // a clone shares it
  if (data.id >= 0) binding.deleteTensor(data.id);
  const { name } = variable;
  Object.defineProperties(data, {
    id: { value: -1 },
    values: {
      get() {
        throw lentError(name);
      },
    },
  });
};

const lentError = (name: string): UnderstoryError =>
  new UnderstoryError(
    'variable-lent',
    `Variable "${name}" belongs to the runner whose step uses it, and tfjs has no value of it: take it with runner.read(), before the runner is disposed of.`,
  );
