import type { DataType } from '@tensorflow/tfjs-core';
import type { ArrayType } from '@understory/core';
import type { Value } from '../graph/value.ts';
import type { Slot } from '../graph/variableStore.ts';
import type { Passage } from './passages.ts';

/** An input as a step is traced for it. */
export interface InputSpec {
  readonly name: string;
  readonly dtype: ArrayType;
  readonly shape: readonly number[];
}

/** What a step computes, in values of a draft: a graph that never runs and only knows types and shapes. */
export interface Program {
  readonly name: string;
  readonly inputs: readonly (InputSpec & { readonly value: Value })[];
  readonly outputs: readonly { readonly name: string; readonly dtype: DataType; readonly value: Value }[];
  /** Backbones whose maps may be computed again on the way back instead of being held. */
  readonly passages: readonly Passage[];
  /** Variables whose value before the step these values stand for. */
  readonly reads: ReadonlyMap<Value, Slot>;
  /** Variables and the values that they have after the step. */
  readonly assigns: readonly { readonly slot: Slot; readonly value: Value }[];
  /** Variables that the step has made, and the values that they have before its first run. */
  readonly created: readonly { readonly slot: Slot; readonly value: Value }[];
}
