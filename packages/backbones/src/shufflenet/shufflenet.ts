import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { family, type Arguments, type NamedMap } from '../family.ts';
import { shared, STEM_SIZE } from '../options.ts';
import { relu } from '../parts/activation.ts';
import { concat, dense, globalPool, reshape } from '../parts/basics.ts';
import { channels, connect } from '../parts/connect.ts';
import { convNorm, depthwiseNorm, maxPool3 } from '../parts/conv.ts';
import { torchDefaultRule } from '../rules.ts';

/** Ma et al. 2018, table 5: widths of stages 2 to 4 and of the last convolution. */
export const SHUFFLENETS = {
  'shufflenetv2-x0.5': [48, 96, 192, 1024],
  'shufflenetv2-x1': [116, 232, 464, 1024],
  'shufflenetv2-x1.5': [176, 352, 704, 1024],
  'shufflenetv2-x2': [244, 488, 976, 2048],
} as const;
const UNITS = [4, 8, 4];
const STEM_WIDTH = 24;

export type ShuffleNetVariant = keyof typeof SHUFFLENETS;
export const ShuffleNetOptions = z.strictObject(shared);
export type ShuffleNetOptions = z.output<typeof ShuffleNetOptions>;
export type ShuffleNetArguments = Arguments<ShuffleNetVariant, typeof ShuffleNetOptions>;

/** Channels from..to of a map. Cropping counts axes as if channels stood first, so it crops the last one. */
const slice = (x: SymbolicTensor, name: string, from: number, to: number): SymbolicTensor => {
  const cropping: [[number, number], [number, number]] = [[0, 0], [from, channels(x) - to]]; // prettier-ignore
  return connect(layers.cropping2D({ name, cropping, dataFormat: 'channelsFirst' }), x);
};

/** Channels of two halves dealt out in turn. */
const shuffle = (x: SymbolicTensor, name: string): SymbolicTensor => {
  const [, h, w, c] = x.shape as [null, number, number, number];
  const halves = reshape(x, `${name}/halves`, [h, w, 2, c / 2]);
  return reshape(connect(layers.permute({ name: `${name}/turn`, dims: [1, 2, 4, 3] }), halves), name, [
    h,
    w,
    c,
  ]);
};

/** 1×1, depthwise 3×3, 1×1. */
const branch = (x: SymbolicTensor, name: string, filters: number, stride: number): SymbolicTensor => {
  const a = convNorm(x, `${name}/conv1`, { filters, kernel: 1, activation: relu });
  const b = depthwiseNorm(a, `${name}/depthwise`, { kernel: 3, stride });
  return convNorm(b, `${name}/conv2`, { filters, kernel: 1, activation: relu });
};

/** A unit that keeps one half of its channels (Ma et al. 2018, fig. 3c). */
const keeping = (x: SymbolicTensor, name: string): SymbolicTensor => {
  const half = channels(x) / 2;
  const left = slice(x, `${name}/left`, 0, half);
  const right = branch(slice(x, `${name}/right`, half, 2 * half), `${name}/right`, half, 1);
  return shuffle(concat(`${name}/concat`, left, right), `${name}/shuffle`);
};

/** A unit that halves the map (fig. 3d). */
const halving = (x: SymbolicTensor, name: string, filters: number): SymbolicTensor => {
  const half = filters / 2;
  const deep = depthwiseNorm(x, `${name}/left/depthwise`, { kernel: 3, stride: 2 });
  const left = convNorm(deep, `${name}/left/conv`, { filters: half, kernel: 1, activation: relu });
  return shuffle(concat(`${name}/concat`, left, branch(x, `${name}/right`, half, 2)), `${name}/shuffle`);
};

/** An even width. */
const even = (width: number, multiplier: number): number =>
  Math.max(2, 2 * Math.round((width * multiplier) / 2));

const shufflenets = family({
  table: SHUFFLENETS,
  options: ShuffleNetOptions,
  summary: (variant) =>
    `${variant.replace('shufflenetv2-x', 'ShuffleNetV2 ×')}, half of the channels pass each unit unchanged`,
  when: 'Small devices: few multiplications and little memory traffic.',
  source: () => 'Ma et al., ECCV 2018, table 5',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, widths, { stem, width, depth }, classes) => {
    const small = stem === 'cifar';
    const start = { filters: even(STEM_WIDTH, width), kernel: 3, stride: small ? 1 : 2, activation: relu };
    const first = convNorm(images, 'stem', start);
    let map = small ? first : maxPool3(first, 'stem/pool');
    const taps: NamedMap[] = [['stage1', map]];
    for (const [i, units] of UNITS.entries()) {
      const name = `stage${i + 2}`;
      map = halving(map, `${name}/unit0`, even(widths[i]!, width));
      for (let u = 1; u < Math.ceil(units * depth); u++) map = keeping(map, `${name}/unit${u}`);
      taps.push([name, map]);
    }
    const last = convNorm(map, 'head', { filters: even(widths[3], width), kernel: 1, activation: relu });
    const pooled = globalPool(last, 'pool');
    const maps = [...taps.slice(0, 3), ['stage4', last] as const];
    return { maps, pooled, logits: dense(pooled, 'classifier', classes), rule: torchDefaultRule };
  },
});

/** A ShuffleNetV2 (Ma et al. 2018); `stage1` is the stem's map, `stage4` that of the last 1×1 convolution. */
export const shufflenet = shufflenets.make;
/** One plugin a variant. */
export const shufflenetPlugins = shufflenets.plugins;
