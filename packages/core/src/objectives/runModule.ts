import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CallArgs } from '../contracts/objective.ts';

/** Calls a module of one input and one output inside a step; batch norm and the like see `call`. */
export const runModule = <T extends Tensor>(module: LayersModel, x: Tensor, call: CallArgs): T =>
  module.apply(x, { ...call }) as T;
