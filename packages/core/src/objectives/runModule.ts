import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CallArgs } from '../contracts/objective.ts';

/** Calls a module of one input and one output, a vector a row, inside a step; batch norm and the like see `call`. */
export const runModule = (module: LayersModel, x: Tensor, call: CallArgs): Tensor2D =>
  module.apply(x, { ...call }) as Tensor2D;
