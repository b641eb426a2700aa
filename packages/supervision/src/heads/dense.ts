import { HEAD, initialize, plugin, type HeadFactory, type HeadRequest } from '@understory/core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';

const width = (what: string) => z.int().min(1).default(128).describe(`width of ${what}, in numbers`);

export const LinearOptions = z.strictObject({ width: width('the embedding') });
export type LinearOptions = z.input<typeof LinearOptions>;
export const MlpOptions = z.strictObject({
  width: width('the embedding'),
  hidden: z
    .int()
    .min(0)
    .default(0)
    .describe("width of the hidden layer, in numbers; 0 for the map's own number of channels"),
});
export type MlpOptions = z.input<typeof MlpOptions>;
export const PoolOptions = z.strictObject({});

/** Average pooling and then dense layers of these widths, ReLU between them. */
const pooledDense = ({ name, shape, seed }: HeadRequest, widths: readonly number[]): LayersModel => {
  const from = input({ shape: [...shape], name: `${name}/input` });
  let x = layers.globalAveragePooling2d({ name: `${name}/pool` }).apply(from) as SymbolicTensor;
  for (const [i, units] of widths.entries()) {
    if (i > 0) x = layers.reLU({ name: `${name}/relu${i}` }).apply(x) as SymbolicTensor;
    const dense = layers.dense({ name: `${name}/dense${i + 1}`, units, kernelInitializer: 'zeros' });
    x = dense.apply(x) as SymbolicTensor;
  }
  const head = model({ inputs: from, outputs: x, name });
  initialize(head, seed);
  return head;
};

/** Average pooling alone: a map [B, h, w, c] → [B, c]. Without parameters. */
export const pool = (): HeadFactory => (request) => pooledDense(request, []);

/** Average pooling and one dense layer: a map [B, h, w, c] → [B, width]. */
export const linear = (options: LinearOptions = {}): HeadFactory => {
  const parsed = LinearOptions.parse(options);
  return (request) => pooledDense(request, [parsed.width]);
};

/** Average pooling and two dense layers with a ReLU between, as in SimCLR: a map [B, h, w, c] → [B, width]. */
export const mlp = (options: MlpOptions = {}): HeadFactory => {
  const parsed = MlpOptions.parse(options);
  return (request) => pooledDense(request, [parsed.hidden || request.shape[2], parsed.width]);
};

export const poolPlugin = plugin({
  token: HEAD,
  name: 'pool',
  summary: 'Average pooling alone, without parameters',
  when: 'Linear classifiers on stages, as in GoogLeNet.',
  source: 'Szegedy et al. 2015 (GoogLeNet)',
  options: PoolOptions,
  create: pool,
});
export const linearPlugin = plugin({
  token: HEAD,
  name: 'linear',
  summary: 'Average pooling and one dense layer',
  when: 'The cheapest head with parameters of its own, to compare with.',
  source: 'Chen et al. 2020 (SimCLR), fig. 8',
  options: LinearOptions,
  create: linear,
});
export const mlpPlugin = plugin({
  token: HEAD,
  name: 'mlp',
  summary: "Average pooling and two dense layers: SimCLR's projection head",
  when: 'Methods without labels; CDS with a head that costs little.',
  source: 'Chen et al. 2020 (SimCLR)',
  options: MlpOptions,
  create: mlp,
});
