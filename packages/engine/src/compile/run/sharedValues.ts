import { tensor, type TypedArray, type Variable } from '@tensorflow/tfjs-core';
import type { Slot, VariableStore } from '../graph/variableStore.ts';
import { nativeBackend, type TensorData } from '../trace/internals.ts';
import type { Session } from './session.ts';
import type { Feeds } from './variableValues.ts';

/** What tfjs has of a variable since the last run: values that were read, and the tensor that was made of them. */
interface Copy {
  readonly run: number;
  readonly values: TypedArray | null;
  readonly id: number;
}

/** A variable's data in tfjs whose value a session has, and how tfjs gets it back. */
interface Shared {
  readonly data: TensorData;
  readonly giveBack: () => void;
}

/** Whose session has a value now: of several models that share a variable, the one that ran last. */
const owners = new WeakMap<TensorData, SharedValues>();

const NONE: Copy = { run: -1, values: null, id: -1 };

/**
 * Variables of a session that tfjs goes on using: who reads one gets the session's value, fetched once after each run, and
 * who assigns one has it taken into the session before the next run.
 */
export class SharedValues {
  readonly #store: VariableStore;
  readonly #session: Session;
  readonly #shared = new Map<Slot, Shared>();
  #run = 0;

  constructor(store: VariableStore, session: Session) {
    this.#store = store;
    this.#session = session;
  }

  /** Brings values into the session that tfjs alone has; `feeds` are those of the step, of which some are computed. */
  begin(slots: readonly Slot[], feeds: Feeds): void {
    const isComputed = ({ initial }: Slot): boolean => initial !== null && initial !== 'outside';
    const computed = slots.filter(isComputed);
    const taken = slots.filter((slot) => !isComputed(slot) && !this.#has(slot));
    this.#session.assignSync(
      taken.map((slot) => ({ slot, data: slot.variable.dataSync() })),
      this.#store,
    );
    for (const { initial } of computed) {
      if (initial === null || initial === 'outside') continue;
      const plan = this.#session.plan('first values', feeds.values, [], [initial.assign]);
      this.#session.runSync(plan, feeds.contents);
    }
    for (const slot of [...taken, ...computed]) this.#share(slot);
  }

  /** The session's values are others now. */
  ran(): void {
    this.#run++;
  }

  /** Gives tfjs all values back. */
  release(): void {
    for (const { data, giveBack } of this.#shared.values()) if (owners.get(data) === this) giveBack();
    this.#shared.clear();
  }

  #has(slot: Slot): boolean {
    const data = dataOf(slot.variable);
    return slot.initial === null && this.#shared.get(slot)?.data === data && owners.get(data) === this;
  }

  #share(slot: Slot): void {
    const { variable } = slot;
    slot.initial = null;
    if (variable.isDisposed) return;
    if (dataOf(variable).refCount > 1) part(variable);
    const { binding, tensorMap } = nativeBackend();
    const { dataId } = variable;
    const data = dataOf(variable);
    if (data.id >= 0) binding.deleteTensor(data.id);
    let copy = NONE;
    const values = (): TypedArray | null => {
      if (copy.run !== this.#run) {
        if (copy.id >= 0) binding.deleteTensor(copy.id);
        copy = { run: this.#run, values: this.#read(slot), id: -1 };
      }
      return copy.values;
    };
    Object.defineProperties(data, {
      values: { configurable: true, get: values, set: () => undefined },
      id: {
        configurable: true,
        get: () => copy.id,
        // tfjs has made a tensor of the values.
        set: (id: number) => (copy = { run: this.#run, values: null, id }),
      },
    });
    owners.set(data, this);
    const giveBack = (): void => {
      owners.delete(data);
      if (!tensorMap.has(dataId)) return; // it was disposed of, or another value was assigned
      const last = values();
      Object.defineProperties(data, {
        values: { value: last, writable: true },
        id: { value: copy.id, writable: true },
      });
    };
    this.#shared.set(slot, { data, giveBack });
  }

  #read(slot: Slot): TypedArray {
    const plan = this.#session.plan('read', [], [this.#store.getter(slot)], []);
    const { outputs } = this.#session.runSync(plan, []);
    const buffer = outputs[0]?.data ?? new ArrayBuffer(0);
    const { dtype } = slot.variable;
    if (dtype === 'int32') return new Int32Array(buffer);
    return dtype === 'bool' ? new Uint8Array(buffer) : new Float32Array(buffer);
  }
}

const dataOf = ({ dataId }: Variable): TensorData => nativeBackend().tensorMap.get(dataId);

/** Gives a variable data of its own where tensors of somebody else share it. */
const part = (variable: Variable): void => {
  const own = tensor(variable.dataSync(), variable.shape, variable.dtype);
  variable.assign(own);
  own.dispose();
};
