import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

export { applyLayer as connect } from '@understory/core';

/** A part of a network: a map in, a map out. */
export type Part = (x: SymbolicTensor, name: string) => SymbolicTensor;

/** Channels of a map or width of a vector. */
export const channels = (x: SymbolicTensor): number => x.shape.at(-1)!;
