import { batchNorm, HEAD, initialize, plugin, type HeadFactory } from '@understory/core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';

export const SepConvOptions = z.strictObject({
  fullyConnected: z
    .int()
    .min(0)
    .default(0)
    .describe('width of a fully connected layer after the pooling, in numbers; 0 for none'),
});
export type SepConvOptions = z.input<typeof SepConvOptions>;

type Layer = layers.Layer;
const through = (x: SymbolicTensor, ...chain: readonly Layer[]): SymbolicTensor =>
  chain.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);

const depthwise = (name: string, strides: 1 | 2): Layer[] => {
  const options = { kernelSize: 3, strides, useBias: false, depthwiseInitializer: 'zeros' } as const;
  // TensorFlow's own padding is asymmetric at stride 2; PyTorch's is one pixel on each side.
  const padding: [[number, number], [number, number]] = [
    [1, 1],
    [1, 1],
  ];
  return [
    layers.zeroPadding2d({ name: `${name}/padding`, padding }),
    layers.depthwiseConv2d({ name, padding: 'valid', ...options }),
  ];
};

const pointwise = (name: string, filters: number): Layer =>
  layers.conv2d({ name, filters, kernelSize: 1, useBias: false, kernelInitializer: 'zeros' });

/** [B, h, w, in] → [B, ⌈h/2⌉, ⌈w/2⌉, out]: twice a depthwise 3×3, a pointwise 1×1, batch norm and ReLU; the first halves. */
const separable = (x: SymbolicTensor, out: number, name: string): SymbolicTensor =>
  through(
    x,
    ...depthwise(`${name}/depthwise1`, 2),
    pointwise(`${name}/pointwise1`, x.shape.at(-1)!),
    batchNorm({ name: `${name}/norm1` }),
    layers.reLU({ name: `${name}/relu1` }),
    ...depthwise(`${name}/depthwise2`, 1),
    pointwise(`${name}/pointwise2`, out),
    batchNorm({ name: `${name}/norm2` }),
    layers.reLU({ name: `${name}/relu2` }),
  );

/**
 * The official tower: one separable convolution of stride 2 a remaining stage transition, each to the next stage's
 * width, then the mean over all positions. [B, h, w, c] → [B, D], D the deepest stage's width. Source: released code
 * of Zhang et al. 2022 (its 4×4 pooling window is the whole map of a 32-pixel image).
 */
export const sepConv = (options: SepConvOptions = {}): HeadFactory => {
  const { fullyConnected } = SepConvOptions.parse(options);
  return ({ name, towards, shape, seed }) => {
    const from = input({ shape: [...shape], name: `${name}/input` });
    const map = towards
      .slice(1)
      .reduce((x, tap, i) => separable(x, tap.channels, `${name}/sep${i + 1}`), from);
    const pooled = through(map, layers.globalAveragePooling2d({ name: `${name}/pool` }));
    const dense = layers.dense({
      name: `${name}/dense`,
      units: fullyConnected || 1,
      kernelInitializer: 'zeros',
    });
    const head = model({ inputs: from, outputs: fullyConnected ? through(pooled, dense) : pooled, name });
    initialize(head, seed);
    return head;
  };
};

export const sepConvPlugin = plugin({
  token: HEAD,
  name: 'sepconv',
  summary:
    'Separable convolutions down to the last stage, then average pooling: the official projection head',
  when: 'CDS and DSN: the default, as released.',
  source: 'Zhang et al., ECCV 2022, released code',
  options: SepConvOptions,
  create: sepConv,
});
