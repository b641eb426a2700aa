import { UnderstoryError, type Backbone, type StageSpec } from '@understory/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { family, type Arguments, type NamedMap } from '../family.ts';
import { dropout as dropoutOption, shared, STEM_SIZE } from '../options.ts';
import { relu } from '../parts/activation.ts';
import { dense, dropout, globalPool, norm } from '../parts/basics.ts';
import { connect } from '../parts/connect.ts';
import { conv } from '../parts/conv.ts';
import { smallDenseRule } from '../rules.ts';

/** Simonyan & Zisserman 2015, table 1: 3×3 convolutions in each of the five blocks, which a max-pool ends. */
const BLOCKS = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
} as const;
const WIDTHS = [64, 128, 256, 512, 512] as const;

interface VggRow {
  readonly blocks: readonly number[];
  readonly norm: boolean;
}

export const VGGS = {
  vgg11: { blocks: BLOCKS[11], norm: false },
  'vgg11-bn': { blocks: BLOCKS[11], norm: true },
  vgg13: { blocks: BLOCKS[13], norm: false },
  'vgg13-bn': { blocks: BLOCKS[13], norm: true },
  vgg16: { blocks: BLOCKS[16], norm: false },
  'vgg16-bn': { blocks: BLOCKS[16], norm: true },
  vgg19: { blocks: BLOCKS[19], norm: false },
  'vgg19-bn': { blocks: BLOCKS[19], norm: true },
} as const;

export type VggVariant = keyof typeof VGGS;
export const VggOptions = z.strictObject({
  stem: shared.stem,
  width: shared.width,
  classifier: z
    .enum(['mlp', 'compact'])
    .default('mlp')
    .describe('`mlp`: three dense layers, 4096 wide, with dropout; `compact`: one'),
  dropout: dropoutOption(0.5),
});
export type VggOptions = z.output<typeof VggOptions>;
export type VggArguments = Arguments<VggVariant, typeof VggOptions>;

/** 3×3 convolutions with biases, [batch norm,] ReLU each: `block1/conv1`, … */
const block = (x: SymbolicTensor, name: string, count: number, to: { filters: number; norm: boolean }) => {
  let map = x;
  for (let i = 1; i <= count; i++) {
    const y = conv(map, `${name}/conv${i}`, { filters: to.filters, kernel: 3, bias: true });
    map = relu(to.norm ? norm(y, `${name}/norm${i}`) : y, `${name}/relu${i}`);
  }
  return map;
};

const halve = (x: SymbolicTensor, name: string): SymbolicTensor =>
  connect(layers.maxPooling2d({ name, poolSize: 2, strides: 2 }), x);

/**
 * More stages of plain convolutions: a max-pool in front of a stage's convolutions halves the map, and where its stride is
 * bigger, more of them behind, as in the main path's last stage.
 */
const extendWith =
  (normed: boolean): NonNullable<Backbone['extend']> =>
  (from, stages, name) =>
    stages.reduce((x, { blocks, planes, stride }, i) => {
      const scope = `${name}/stage${i + 1}`;
      const start = stride > 1 ? halve(x, `${scope}/pool`) : x;
      let map = block(start, scope, blocks, { filters: planes, norm: normed });
      for (let left = stride / 2, n = 2; left > 1; left /= 2, n++) map = halve(map, `${scope}/pool${n}`);
      return map;
    }, from);

/** Mean over 7×7 cells (PyTorch's adaptive pooling, where it comes out even). */
const sevenBySeven = (x: SymbolicTensor): SymbolicTensor => {
  const [, h, w] = x.shape as [null, number, number];
  if (h === 7 && w === 7) return x;
  if (h % 7 || w % 7) {
    const cure = 'Give a size in multiples of 224, or `classifier: compact`.';
    throw new UnderstoryError(
      'bad-size',
      `VGG's classifier wants a map of 7×7 cells, not ${h}×${w}. ${cure}`,
    );
  }
  const window: [number, number] = [h / 7, w / 7];
  return connect(layers.averagePooling2d({ name: 'cells', poolSize: window, strides: window }), x);
};

/** Numbers of a map in PyTorch's order, channel by channel, so that dense kernels are PyTorch's transposed. */
const flat = (x: SymbolicTensor): SymbolicTensor => {
  const channelsFirst = connect(layers.permute({ name: 'channels-first', dims: [3, 1, 2] }), x);
  return connect(layers.flatten({ name: 'flatten' }), channelsFirst);
};

const mlp = (x: SymbolicTensor, width: number, rate: number): SymbolicTensor => {
  const hidden = (y: SymbolicTensor, name: string): SymbolicTensor =>
    dropout(relu(dense(y, name, width), `${name}/relu`), `${name}/dropout`, rate);
  return hidden(hidden(flat(x), 'fc1'), 'fc2');
};

const filtersOf = (i: number, width: number): number => Math.max(1, Math.round(WIDTHS[i]! * width));

/** The stages between the taps, for branches: the last one is the fifth block, between pools 4 and 5. */
const stagesOf = ({ blocks }: VggRow, { width }: VggOptions): StageSpec[] =>
  blocks.slice(1).map((count, i) => ({
    blocks: count,
    planes: filtersOf(i + 1, width),
    stride: i === 0 ? 1 : i === 3 ? 4 : 2,
  }));

/** ReLUs in front of pools 2 to 4, and what pool 5 leaves. */
const build = (images: SymbolicTensor, { blocks, norm: normed }: VggRow, options: VggOptions) => {
  const taps: NamedMap[] = [];
  let x = images;
  for (const [i, count] of blocks.entries()) {
    const filters = filtersOf(i, options.width);
    const map = block(x, `block${i + 1}`, count, { filters, norm: normed });
    x = halve(map, `block${i + 1}/pool`);
    if (i > 0 && i < 4) taps.push([`stage${i}`, map]);
  }
  return { maps: [...taps, ['stage4', x] as const], end: x };
};

const vggs = family({
  table: VGGS,
  options: VggOptions,
  summary: (variant) =>
    `${variant.replace('vgg', 'VGG-').replace('-bn', '')}, plain 3×3 convolutions${VGGS[variant].norm ? ' with batch norm' : ''}`,
  when: 'To compare with the plain networks of older work; large for what it reaches.',
  source: () => 'Simonyan and Zisserman, ICLR 2015, table 1',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, row, options, classes) => {
    const { maps, end } = build(images, row, options);
    const pooled = globalPool(end, 'pool');
    const cells = options.stem === 'imagenet' ? sevenBySeven : (x: SymbolicTensor) => x;
    const width = Math.max(1, Math.round(4096 * options.width));
    const features = options.classifier === 'compact' ? pooled : mlp(cells(end), width, options.dropout);
    const logits = dense(features, 'classifier', classes);
    const branches = { stages: stagesOf(row, options), extend: extendWith(row.norm) };
    return { maps, pooled, logits, rule: smallDenseRule, ...branches };
  },
});

/** A VGG network (Simonyan & Zisserman 2015). `pooled` is the mean of its last map, whatever its classifier reads. */
export const vgg = vggs.make;
/** One plugin a variant. */
export const vggPlugins = vggs.plugins;
