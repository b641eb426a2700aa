import type { TypedArray, Variable } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';
import { inputAt, type Value } from '../graph/value.ts';
import type { Slot, VariableStore } from '../graph/variableStore.ts';
import type { DataId, NativeBackend, TensorData } from './internals.ts';
import type { Program } from './program.ts';
import { TracedVariables, type TracedVariable } from './tracedVariables.ts';

/** The variables that a step reads, assigns and makes, and what becomes of them in the session. */
export class Captures {
  readonly #backend: NativeBackend;
  readonly #draft: GraphBuilder;
  readonly #store: VariableStore;
  readonly #variables: TracedVariables;
  readonly #slots = new Map<TracedVariable, Slot>();
  readonly #reads = new Map<TracedVariable, Value>();
  readonly #initials = new Map<Variable, Program['created'][number]>();
  readonly #fresh = new Set<Slot>();

  constructor(backend: NativeBackend, draft: GraphBuilder, store: VariableStore) {
    this.#backend = backend;
    this.#draft = draft;
    this.#store = store;
    this.#variables = new TracedVariables(backend);
  }

  /** The value that a variable has before the step, if the data is a variable's. */
  read(dataId: DataId): Value | undefined {
    const traced = this.#variables.find(dataId);
    if (!traced) return undefined;
    const known = this.#reads.get(traced);
    if (known) return known;
    const slot = this.#slotOf(traced);
    const value = this.#draft.placeholder(slot.dtype, slot.shape);
    this.#reads.set(traced, value);
    return value;
  }

  /** The name of the variable whose data it is, if it is a variable's. */
  nameOf(dataId: DataId): string | undefined {
    return this.#variables.find(dataId)?.variable.name;
  }

  /** Brings a variable into being that the step makes, with `initial` as its value before its first run. */
  create(initial: Value, make: () => TracedVariable): Variable {
    const traced = make();
    const slot = this.#store.add(traced.variable, initial.dtype, null);
    this.#initials.set(traced.variable, { slot, value: initial });
    this.#remember(traced, slot);
    return traced.variable;
  }

  get variables(): TracedVariables {
    return this.#variables;
  }

  /** Variables that have other values now. */
  assigns(valueOf: (dataId: DataId) => Value): Program['assigns'] {
    return this.#variables.changed().flatMap((traced) => {
      const value = valueOf(traced.variable.dataId);
      return value === this.#reads.get(traced) ? [] : [{ slot: this.#slotOf(traced), value }];
    });
  }

  reads(): Program['reads'] {
    return new Map([...this.#reads].map(([traced, value]) => [value, this.#slotOf(traced)]));
  }

  created(): Program['created'] {
    return [...this.#initials.values()];
  }

  slots(): Slot[] {
    return [...this.#slots.values()];
  }

  /** Takes back what a failed trace has brought into the session's store. */
  abandon(): void {
    this.#store.remove(this.#fresh);
  }

  /** Gives tfjs's variables their data back; a variable that the step has made gets its initial value. */
  restore(): void {
    this.#variables.restore((created) => this.#initialValues(created));
  }

  #slotOf(traced: TracedVariable): Slot {
    const known = this.#slots.get(traced) ?? this.#store.get(traced.variable);
    if (!known) return this.#capture(traced);
    this.#slots.set(traced, known);
    return known;
  }

  #capture(traced: TracedVariable): Slot {
    const { variable, real } = traced;
    requireValues(this.#backend.tensorMap.get(real!));
    const slot = this.#store.add(variable, this.#backend.getDTypeInteger(variable.dtype), 'outside');
    this.#remember(traced, slot);
    return slot;
  }

  #remember(traced: TracedVariable, slot: Slot): void {
    this.#slots.set(traced, slot);
    this.#fresh.add(slot);
  }

  /** What depends on inputs cannot be told before the first run: such a variable is zero on tfjs's side. */
  #initialValues({ size, dtype, ...variable }: Variable): TypedArray {
    const initial = [...this.#initials].find(([one]) => one.id === variable.id)?.[1].value;
    const bytes = initial && !isZeros(initial, this.#draft) ? this.#draft.evaluate(initial) : null;
    if (dtype === 'int32') return bytes ? new Int32Array(bytes) : new Int32Array(size);
    if (dtype === 'bool') return bytes ? new Uint8Array(bytes) : new Uint8Array(size);
    return bytes ? new Float32Array(bytes) : new Float32Array(size);
  }
}

/** Throws where another runner has the values: see `lend`. */
const requireValues = ({ values }: TensorData): TensorData['values'] => values;

/** Spares making millions of zeros in the graph only to read them: memory that JS gets is zero anyhow. */
const isZeros = ({ node }: Value, builder: GraphBuilder): boolean => {
  const filling = node.op === 'Fill' ? inputAt(node, 1) : null;
  const filled = filling && filling.dtype !== TF.string ? builder.evaluate(filling) : null;
  return filled !== null && new Uint8Array(filled).every((byte) => byte === 0);
};
