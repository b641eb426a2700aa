import type { NdArrays } from '@understory/core';

/** What a file holds that is not among its tensors. */
export interface LeftOut {
  readonly name: string;
  /** A tensor that cannot be read, or an object that stands inert. */
  readonly kind: 'tensor' | 'object';
  readonly why: string;
}

/** What a weights file holds. */
export interface Weights {
  readonly format: 'safetensors' | 'pytorch';
  /** By the names that the file has, in its own layouts (PyTorch's: output, input, height, width). */
  readonly tensors: NdArrays;
  readonly metadata: Readonly<Record<string, string>>;
  /** What is in the file and not in `tensors`: tensors that cannot be read, and objects, with the reason. */
  readonly leftOut: readonly LeftOut[];
}
