import { dispose, tensor, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { normalsByKernel } from '../ops/normals.ts';
import type { Seed } from '../random.ts';
import { fill, stateOf, type Draw } from './fill.ts';

type Layer = layers.Layer;
type LayerVariable = Layer['weights'][number];

/** What a rule needs to know of a weight. */
export interface WeightInfo {
  /** `stage1/block0/conv1/kernel`: as built, without the suffix that tfjs adds for a second model of the process. */
  readonly name: string;
  /** Last part of the name: kernel, depthwise_kernel, bias, gamma, beta, moving_mean, moving_variance, … */
  readonly role: string;
  /** What the layer's kernel says that it is. */
  readonly layer: 'convolution' | 'dense' | 'other';
  readonly shape: readonly number[];
  /** Numbers that one output sums, I/G·k·k, by the layer's kernel; also where this weight is its bias. */
  readonly fanIn: number;
  /** All outputs of the kernel times its area, O·k·k, not divided by groups. */
  readonly fanOut: number;
}

/** Says how a weight begins. */
export type InitRule = (weight: WeightInfo) => Draw;

const roleOf = (weight: LayerVariable): string =>
  weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);

const isKernel = (role: string): boolean => role === 'kernel' || role.endsWith('_kernel');

/** Groups of a depthwise layout [k, k, I, O/G]: as many as inputs, unless the layer says how many. */
const groupsOf = (layer: Layer, inputs: number): number =>
  'groups' in layer ? Number(layer.groups) : inputs;

const fans = (
  layer: Layer,
  kernel: LayerVariable | undefined,
): Pick<WeightInfo, 'layer' | 'fanIn' | 'fanOut'> => {
  const shape = (kernel?.shape ?? []) as number[];
  if (shape.length === 2) return { layer: 'dense', fanIn: shape[0]!, fanOut: shape[1]! };
  if (shape.length !== 4) return { layer: 'other', fanIn: 1, fanOut: 1 };
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const groups = roleOf(kernel!) === 'depthwise_kernel' ? groupsOf(layer, inputs) : 1;
  const area = height * width;
  return { layer: 'convolution', fanIn: (area * inputs) / groups, fanOut: area * outputs * groups };
};

const describe = (layer: Layer, weight: LayerVariable): WeightInfo => {
  const role = roleOf(weight);
  const kernel = isKernel(role) ? weight : layer.weights.findLast((w) => isKernel(roleOf(w)));
  return { name: weight.originalName, role, shape: weight.shape as number[], ...fans(layer, kernel) };
};

/** Layers that own weights, models inside of models unfolded; a layer that knows its groups is one layer. */
const leaves = (model: LayersModel): Layer[] =>
  model.layers.flatMap((layer) =>
    'layers' in layer && !('groups' in layer) ? leaves(layer as LayersModel) : [layer],
  );

const CONSTANTS: Readonly<Record<string, number>> = { gamma: 1, beta: 0, moving_mean: 0, moving_variance: 1 };

/** Normalisation layers begin as the identity; what no rule knows begins at zero. */
export const constantDraw = ({ role }: WeightInfo): Draw => ({ constant: CONSTANTS[role] ?? 0 });

/**
 * He et al. 2015 as torchvision's ResNet has it: convolutions (depthwise and grouped ones too) normal with
 * std √(2 / fanOut), their biases 0; dense kernels and biases uniform in ±1/√fanIn; normalisation 1 and 0.
 */
export const fanOutRule: InitRule = (weight) => {
  if (weight.layer === 'dense') return { uniform: 1 / Math.sqrt(weight.fanIn) };
  return isKernel(weight.role) ? { normal: Math.sqrt(2 / weight.fanOut) } : constantDraw(weight);
};

/** A weight, and what its first values are drawn by. */
interface Beginning {
  readonly weight: LayerVariable;
  readonly shape: number[];
  readonly draw: Draw;
  readonly seed: Seed;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Normal values of those that have them, all at once, where the active backend has a kernel for that. */
const normals = (beginnings: readonly Beginning[]): ReadonlyMap<Beginning, Tensor> => {
  const drawn = beginnings.flatMap((one) =>
    'normal' in one.draw ? [{ one, deviation: one.draw.normal, state: stateOf(one.seed) }] : [],
  );
  const values = normalsByKernel({
    shapes: drawn.map(({ one }) => one.shape),
    deviations: drawn.map(({ deviation }) => deviation),
    states: drawn.flatMap(({ state }) => state),
  });
  return new Map(values?.map((value, i) => [drawn[i]!.one, value]));
};

/**
 * Gives every weight of a model its first value, drawn from the place `seed.at(name of the weight)`: a weight's value
 * depends neither on the order of layers nor on what else there is in the model.
 */
export const initialize = (model: LayersModel, seed: Seed, rule: InitRule = fanOutRule): void => {
  const beginnings = leaves(model).flatMap((layer) =>
    layer.weights.map((weight): Beginning => {
      const info = describe(layer, weight);
      return { weight, shape: [...info.shape], draw: rule(info), seed: seed.at(info.name) };
    }),
  );
  const drawn = normals(beginnings);
  for (const one of beginnings) {
    const { weight, shape, draw, seed: at } = one;
    const values = drawn.get(one) ?? tensor(fill(sizeOf(shape), draw, at), shape);
    weight.write(values);
    dispose(values);
  }
};
