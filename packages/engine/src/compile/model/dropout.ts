import { add, div, floor, mul, randomUniform, type Tensor } from '@tensorflow/tfjs-core';
import { float32, UnderstoryError, type NdArray } from '@understory/core';
import { replaceMembers } from '../trace/internals.ts';

type Shape = (number | null)[];

/** A layer of tfjs that drops elements, or whole channels: `Dropout` and `SpatialDropout1D`. */
interface DropoutLayer {
  readonly name: string;
  readonly rate: number;
  readonly seed?: number;
  readonly inboundNodes?: readonly unknown[];
  readonly input: { readonly shape: Shape } | readonly unknown[];
  getNoiseShape(input: { readonly shape: Shape }): Shape | null | undefined;
  call(inputs: Tensor | Tensor[], kwargs: { readonly training?: boolean }): Tensor | Tensor[];
}

interface Layer {
  readonly name: string;
  readonly layers?: readonly Layer[];
}

const isDropout = (layer: Layer | DropoutLayer): layer is DropoutLayer =>
  'getNoiseShape' in layer && 'rate' in layer && layer.rate > 0 && layer.rate < 1;

/** Dropout layers of a model and of the models in it. */
export const dropoutLayers = (model: Layer): DropoutLayer[] =>
  (model.layers ?? []).flatMap((layer) => (isDropout(layer) ? [layer] : dropoutLayers(layer)));

const usedTwice = (name: string): UnderstoryError =>
  new UnderstoryError(
    'dropout-twice',
    `Layer "${name}" drops elements in two places of the model: each draws for itself, and a compiled step draws once for a layer. ` +
      'Put a layer of its own in each place, or train the model itself, not compiled.',
  );

const nameOf = ({ name }: DropoutLayer): string => `dropout of ${name}`;

const shapeFor = (layer: DropoutLayer, batch: number): number[] => {
  if ((layer.inboundNodes?.length ?? 1) > 1) throw usedTwice(layer.name);
  const { input } = layer;
  const sides = 'shape' in input ? input.shape.slice(1) : [null];
  if (sides.every((side) => side !== null)) {
    const shape = [batch, ...sides];
    return (layer.getNoiseShape({ shape }) ?? shape).map((side, i) => side ?? shape[i]!);
  }
  throw new UnderstoryError(
    'dynamic-shape',
    `Layer "${layer.name}" drops elements of tensors whose shape is not known before a step. Give the model's inputs whole shapes.`,
  );
};

/** What dropout draws for one step, as tfjs draws it: numbers from 0 to 1. */
export const drawsFor = (layers: readonly DropoutLayer[], batch: number): Record<string, NdArray> =>
  Object.fromEntries(
    layers.map((layer) => {
      const shape = shapeFor(layer, batch);
      const drawn = randomUniform(shape, 0, 1, 'float32', layer.seed);
      const numbers = drawn.dataSync() as Float32Array;
      drawn.dispose();
      return [nameOf(layer), float32(numbers, shape)];
    }),
  );

/** Has dropout take what was drawn for the step while `fn` runs, by tfjs's own formula. */
export const withDraws = <T>(
  layers: readonly DropoutLayer[],
  given: Readonly<Record<string, Tensor>>,
  fn: () => T,
): T => {
  const used = new Set<string>();
  const undo = layers.map((layer) =>
    replaceMembers(layer, {
      call: (inputs: Tensor | Tensor[]) => {
        if (used.has(layer.name)) throw usedTwice(layer.name);
        used.add(layer.name);
        const [x] = [inputs].flat();
        const kept = 1 - layer.rate;
        return mul(x!, div(floor(add(given[nameOf(layer)]!, kept)), kept));
      },
    }),
  );
  try {
    return fn();
  } finally {
    for (const one of undo) one();
  }
};
