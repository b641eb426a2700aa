import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Applies a layer with one output. */
export const connect = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
  layer.apply(x) as SymbolicTensor;

/** A part of a network: a map in, a map out. */
export type Part = (x: SymbolicTensor, name: string) => SymbolicTensor;

/** Channels of a map or width of a vector. */
export const channels = (x: SymbolicTensor): number => x.shape.at(-1)!;
