import type { Variable } from '@tensorflow/tfjs-core';
import { attribute } from './attributes.ts';
import type { GraphBuilder } from './graphBuilder.ts';
import type { GraphNode, Value } from './value.ts';

/** A variable as the session holds it. */
export interface Slot {
  readonly variable: Variable;
  readonly dtype: number;
  readonly shape: readonly number[];
  /** The resource. */
  readonly handle: Value;
  /** How its first value comes into the session; null once it is there, and before a step that makes it is emitted. */
  initial: InitialValue | null;
}

/** tfjs's own variable has it, outside the session; or a node computes and assigns it. */
export type InitialValue = 'outside' | { readonly assign: GraphNode };

interface Access {
  feed?: Value;
  assign?: GraphNode;
  copy?: Value;
}

/** The variables that live in a session, by the tfjs variable that each one stands for. */
export class VariableStore {
  readonly #slots = new Map<Variable, Slot>();
  readonly #access = new Map<Slot, Access>();
  readonly #builder: GraphBuilder;

  constructor(builder: GraphBuilder) {
    this.#builder = builder;
  }

  get(variable: Variable): Slot | undefined {
    return this.#slots.get(variable);
  }

  /** Makes the session's counterpart of a variable. */
  add(variable: Variable, dtype: number, initial: InitialValue | null): Slot {
    const { shape } = variable;
    const handle = this.#builder.value(
      'VarHandleOp',
      [],
      [
        attribute.type('dtype', dtype),
        attribute.shape('shape', shape),
        attribute.string('shared_name', `variable${this.#builder.size}`),
        attribute.string('container', ''),
      ],
    );
    const slot: Slot = { variable, dtype, shape, handle, initial };
    this.#slots.set(variable, slot);
    return slot;
  }

  /** Forgets variables that a failed trace has brought. */
  remove(slots: Iterable<Slot>): void {
    for (const slot of slots) this.#slots.delete(slot.variable);
  }

  /** A node that assigns `value`, once all `after` have run. */
  assign(slot: Slot, value: Value, after: readonly GraphNode[]): GraphNode {
    return this.#builder.add(
      'AssignVariableOp',
      [slot.handle, value],
      [attribute.type('dtype', slot.dtype)],
      { after },
    );
  }

  read(slot: Slot): Value {
    return this.#builder.value('ReadVariableOp', [slot.handle], [attribute.type('dtype', slot.dtype)]);
  }

  /** Where a new value is fed, and the node that then assigns it. */
  setter(slot: Slot): { readonly feed: Value; readonly assign: GraphNode } {
    const access = this.#accessOf(slot);
    const feed = (access.feed ??= this.#builder.placeholder(slot.dtype, slot.shape));
    return { feed, assign: (access.assign ??= this.assign(slot, feed, [])) };
  }

  /** A copy of the variable's value: its own memory must not be handed out, for later steps may write there. */
  getter(slot: Slot): Value {
    const access = this.#accessOf(slot);
    return (access.copy ??= this.#builder.value(
      'DeepCopy',
      [this.read(slot)],
      [attribute.type('T', slot.dtype)],
    ));
  }

  #accessOf(slot: Slot): Access {
    const access = this.#access.get(slot) ?? {};
    this.#access.set(slot, access);
    return access;
  }
}
