import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { float32, variablesOf, type NdArray, type Runner } from '@understory/core';
import { scoreWeights, type TapScore } from '@understory/evaluators';

/** [h, w, c] of a tap's map. */
type MapShape = readonly [number, number, number];

const apply = (x: SymbolicTensor | SymbolicTensor[], layer: layers.Layer): SymbolicTensor =>
  layer.apply(x) as SymbolicTensor;

const array = (data: Float64Array, ...shape: number[]): NdArray => float32(Float32Array.from(data), shape);

/**
 * A tap's score as layers that plain tfjs has: the tap's map [B, h, w, c] → how much its mean over places is like training images
 * [B, 1]. float32, where `tapScores` is float64.
 */
export const insideModel = async (
  name: string,
  score: TapScore,
  { shape, runner }: { readonly shape: MapShape; readonly runner: Runner },
): Promise<LayersModel> => {
  const { kernel, bias, means, offsets, classes } = await scoreWeights(score);
  const called = (what: string): string => `${name}/inside/${what}`;
  const dense = (what: string, units: number): layers.Layer =>
    layers.dense({ name: called(what), units, kernelInitializer: 'zeros' });
  const x = input({ shape: [...shape], name: called('input') });
  const pooled = apply(x, layers.globalAveragePooling2d({ name: called('mean') }));
  const white = apply(pooled, dense('whitened', shape[2]));
  const near = apply(white, dense('classes', classes));
  const column = apply(near, layers.reshape({ name: called('column'), targetShape: [classes, 1] }));
  const nearest = apply(column, layers.globalMaxPooling1d({ name: called('nearest') }));
  // Not the dot product of one tensor with itself: tfjs lets go of what a layer takes twice too early.
  const minus = apply(white, layers.rescaling({ name: called('minus'), scale: -1, offset: 0 }));
  const square = apply([white, minus], layers.dot({ name: called('square'), axes: 1 }));
  const sum = apply([nearest, square], layers.add({ name: called('sum') }));
  const { mean, deviation } = score;
  const unit = layers.rescaling({ name: called('unit'), scale: 1 / deviation, offset: -mean / deviation });
  const made = model({ name: `${name}/inside`, inputs: x, outputs: apply(sum, unit) });
  const width = shape[2];
  await runner.write(Object.values(variablesOf(made, '')), [
    ...[array(kernel, width, width), array(bias, width)],
    ...[array(means, width, classes), array(offsets, classes)],
  ]);
  return made;
};
