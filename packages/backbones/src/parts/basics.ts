import { batchNorm, type BatchNormConfig } from '@understory/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { connect } from './connect.ts';

export const norm = (
  x: SymbolicTensor,
  name: string,
  options: Omit<BatchNormConfig, 'name'> = {},
): SymbolicTensor => connect(batchNorm({ name, ...options }), x);

export const relu = (x: SymbolicTensor, name: string): SymbolicTensor =>
  connect(layers.activation({ name, activation: 'relu' }), x);

export const add = (name: string, ...terms: SymbolicTensor[]): SymbolicTensor =>
  connect(layers.add({ name }), terms);

/** Mean over all positions: [B, h, w, c] → [B, c]. */
export const globalPool = (x: SymbolicTensor, name: string): SymbolicTensor =>
  connect(layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' }), x);

export const dense = (x: SymbolicTensor, name: string, units: number): SymbolicTensor =>
  connect(layers.dense({ name, units, kernelInitializer: 'zeros' }), x);
