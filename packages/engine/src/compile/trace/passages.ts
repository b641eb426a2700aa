import type { Tensor } from '@tensorflow/tfjs-core';
import type { Forward } from '@understory/core';
import type { Value } from '../graph/value.ts';

/** A backbone's pass over its images, and the loss that is made of it. */
export interface Passage {
  readonly images: Value;
  /** What it gives, what most depends on first: the pooled feature, the deepest map. */
  readonly ends: readonly Value[];
  readonly loss: Value;
}

/** Takes down what a step that is traced tells `Runner.mayRecompute`. */
export class Passages {
  #valueOf: ((tensor: Tensor) => Value) | undefined;
  #noted: Passage[] = [];

  /** What is told from now on belongs to the trace whose values these are. */
  begin(valueOf: (tensor: Tensor) => Value): void {
    this.#valueOf = valueOf;
    this.#noted = [];
  }

  readonly note = ({ images, pooled, taps }: Forward, loss: Tensor): void => {
    const valueOf = this.#valueOf;
    if (!valueOf) return;
    const ends = [pooled, ...taps.slice(-1)].map(valueOf);
    this.#noted.push({ images: valueOf(images), ends, loss: valueOf(loss) });
  };

  end(): readonly Passage[] {
    this.#valueOf = undefined;
    return this.#noted;
  }
}
