import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { family, type Arguments, type NamedMap } from '../family.ts';
import { dropout as dropoutOption, shared, STEM_SIZE } from '../options.ts';
import { relu } from '../parts/activation.ts';
import { concat, dense, dropout, globalPool, norm } from '../parts/basics.ts';
import { channels, connect } from '../parts/connect.ts';
import { conv } from '../parts/conv.ts';
import { resnetStem } from '../resnet/stem.ts';
import { fanInRule } from '../rules.ts';

interface DenseNetRow {
  /** Layers of the four dense blocks. */
  readonly blocks: readonly number[];
  /** Channels that each layer adds. */
  readonly growth: number;
  readonly start: number;
}

/** Huang et al. 2017, table 1. */
export const DENSENETS = {
  densenet121: { blocks: [6, 12, 24, 16], growth: 32, start: 64 },
} as const satisfies Record<string, DenseNetRow>;

export type DenseNetVariant = keyof typeof DENSENETS;
export const DenseNetOptions = z.strictObject({ ...shared, dropout: dropoutOption(0) });
export type DenseNetOptions = z.output<typeof DenseNetOptions>;
export type DenseNetArguments = Arguments<DenseNetVariant, typeof DenseNetOptions>;

const before = (x: SymbolicTensor, name: string, i: number): SymbolicTensor =>
  relu(norm(x, `${name}/norm${i}`), `${name}/relu${i}`);

/** Batch norm, ReLU, 1×1 to four times the growth, the same with 3×3: new channels beside all old ones. */
const denseLayer = (x: SymbolicTensor, name: string, growth: number): SymbolicTensor => {
  const a = conv(before(x, name, 1), `${name}/conv1`, { filters: 4 * growth, kernel: 1 });
  const b = conv(before(a, name, 2), `${name}/conv2`, { filters: growth, kernel: 3 });
  return concat(`${name}/concat`, x, b);
};

/** Half the channels, half the resolution. */
const transition = (x: SymbolicTensor, name: string): SymbolicTensor => {
  const half = Math.floor(channels(x) / 2);
  const y = conv(relu(norm(x, `${name}/norm`), `${name}/relu`), `${name}/conv`, { filters: half, kernel: 1 });
  return connect(layers.averagePooling2d({ name: `${name}/pool`, poolSize: 2, strides: 2 }), y);
};

const densenets = family({
  table: DENSENETS,
  options: DenseNetOptions,
  summary: (variant) => `${variant.replace('densenet', 'DenseNet-')}, every layer reads all layers before it`,
  when: 'Few weights for their accuracy, where memory for the many maps is there.',
  source: () => 'Huang et al., CVPR 2017, table 1',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, { blocks, growth, start }, options, classes) => {
    const wide = (filters: number): number => Math.max(1, Math.round(filters * options.width));
    let map = resnetStem(images, { stem: options.stem, filters: wide(start) });
    const ends = blocks.map((count, i): NamedMap => {
      if (i > 0) map = transition(map, `transition${i}`);
      for (let l = 0; l < Math.ceil(count * options.depth); l++)
        map = denseLayer(map, `stage${i + 1}/layer${l}`, wide(growth));
      return [`stage${i + 1}`, map];
    });
    const last = relu(norm(map, 'end/norm'), 'end/relu');
    const pooled = globalPool(last, 'pool');
    const logits = dense(dropout(pooled, 'dropout', options.dropout), 'classifier', classes);
    return { maps: [...ends.slice(0, -1), ['stage4', last]], pooled, logits, rule: fanInRule };
  },
});

/** A DenseNet (Huang et al. 2017); taps are what its dense blocks end in, the last one after batch norm and ReLU. */
export const densenet = densenets.make;
/** One plugin a variant. */
export const densenetPlugins = densenets.plugins;
