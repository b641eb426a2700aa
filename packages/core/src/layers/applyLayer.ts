import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Applies a layer that has one output; tfjs types what it gives as any tensor, or a list of them. */
export const applyLayer = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
  layer.apply(x) as SymbolicTensor;
