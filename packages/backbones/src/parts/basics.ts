import { batchNorm, dropout as dropoutLayer, stochasticDepth, type BatchNormConfig } from '@understory/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layerNorm } from '../layers/layerNorm.ts';
import { connect } from './connect.ts';

export type NormOptions = Omit<BatchNormConfig, 'name'>;

export const norm = (x: SymbolicTensor, name: string, options: NormOptions = {}): SymbolicTensor =>
  connect(batchNorm({ name, ...options }), x);

/** Layer norm over the channels. */
export const layerNormed = (x: SymbolicTensor, name: string): SymbolicTensor =>
  connect(layerNorm({ name, epsilon: 1e-6 }), x);

export const add = (name: string, ...terms: SymbolicTensor[]): SymbolicTensor =>
  connect(layers.add({ name }), terms);

export const concat = (name: string, ...maps: SymbolicTensor[]): SymbolicTensor =>
  maps.length === 1 ? maps[0]! : connect(layers.concatenate({ name, axis: -1 }), maps);

export const reshape = (x: SymbolicTensor, name: string, targetShape: number[]): SymbolicTensor =>
  connect(layers.reshape({ name, targetShape }), x);

/** Mean over all positions: [B, h, w, c] → [B, c]. */
export const globalPool = (x: SymbolicTensor, name: string): SymbolicTensor =>
  connect(layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' }), x);

/** `[…, in] → […, units]`, with a bias. */
export const dense = (x: SymbolicTensor, name: string, units: number): SymbolicTensor =>
  connect(layers.dense({ name, units, kernelInitializer: 'zeros' }), x);

/** Dropout, or nothing where the rate is 0. */
export const dropout = (x: SymbolicTensor, name: string, rate: number): SymbolicTensor =>
  rate === 0 ? x : connect(dropoutLayer({ name, rate }), x);

/** Adds a residual branch to what it was computed from; with a probability the branch of a sample is left out. */
export const residual = (
  branch: SymbolicTensor,
  x: SymbolicTensor,
  name: string,
  drop = 0,
): SymbolicTensor => {
  const kept = drop === 0 ? branch : connect(stochasticDepth({ name: `${name}/drop`, rate: drop }), branch);
  return add(`${name}/add`, kept, x);
};
