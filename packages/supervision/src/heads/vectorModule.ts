import { runModule, type Backbone, type CallArgs, type HeadFactory, type Seed } from '@understory/core';
import { reshape, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Width of the vector that a module gives. */
export const widthOf = (module: LayersModel): number => module.outputs[0]!.shape.at(-1)!;

/** A module from vectors to vectors, made by a head: [B, width] → [B, D]. */
export const vectorModule = (
  backbone: Backbone,
  head: HeadFactory,
  { name, width, seed }: { readonly name: string; readonly width: number; readonly seed: Seed },
): LayersModel =>
  head({ name, towards: backbone.taps.slice(-1), shape: [1, 1, width], features: backbone.features, seed });

/** Runs a module that a head made on vectors [B, width]. */
export const runOnVectors = (module: LayersModel, x: Tensor2D, call: CallArgs): Tensor2D =>
  runModule(module, reshape(x, [-1, 1, 1, x.shape[1]]), call);
