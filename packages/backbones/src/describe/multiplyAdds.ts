import { layersBefore, type Backbone } from '@understory/core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

const product = (shape: readonly (number | null)[]): number =>
  shape.reduce<number>((a, b) => a * (b ?? 1), 1);

const shapeOf = (layer: Layer): (number | null)[] => layer.outputShape as (number | null)[];

/** A kernel's work: its numbers at each position of the output. */
const kernelWork = (layer: Layer): number => {
  const kernel = layer.weights.find((w) => /(^|\/)(depthwise_)?kernel$/.test(w.originalName));
  if (!kernel) return 0;
  const shape = kernel.shape as number[];
  const [height, width, , multiplier] = shape;
  const isConstant = shape.length === 2 && height === 1; // a dense layer of one input learns a constant
  const isScale =
    kernel.originalName.endsWith('depthwise_kernel') && height === 1 && width === 1 && multiplier === 1;
  return isConstant || isScale ? 0 : product(shape) * product(shapeOf(layer).slice(1, -1));
};

/** A product of two maps: the numbers that it makes times the length of the axis that it sums over. */
const dotWork = (layer: Layer): number => {
  const axes = layer.getConfig()['axes'] as number | [number, number];
  const [first] = layer.input as { shape: (number | null)[] }[];
  return product(shapeOf(layer).slice(1)) * first!.shape[Array.isArray(axes) ? axes[0] : axes]!;
};

/**
 * Multiplications with additions that a layer needs for one image: convolutions, dense layers and attention's products;
 * normalisation, activations and pooling are not counted, as is usual.
 */
export const multiplyAdds = (layer: Layer): number => {
  if ('layers' in layer)
    return (layer as LayersModel).layers.reduce((sum, inner) => sum + multiplyAdds(inner), 0);
  return layer.getClassName() === 'Dot' ? dotWork(layer) : kernelWork(layer);
};

/**
 * Multiply-adds of a backbone for one image up to each tap, shallow to deep, and, last, up to its last output. What leads to a
 * shallower tap is done by then, and counts too.
 */
export const multiplyAddsUpTo = ({ model: { outputs }, taps }: Backbone): number[] => {
  const found = new Set<Layer>();
  return [...outputs.slice(0, taps.length), outputs.at(-1)!].map((output) => {
    layersBefore(output, found);
    return [...found].reduce((sum, layer) => sum + multiplyAdds(layer), 0);
  });
};
