import { z } from 'zod';
import { family, type Arguments } from '../family.ts';
import { shared, stochasticDepth } from '../options.ts';
import { invertedResidual, roundTo8, sequence, type Step } from '../mobilenet/invertedResidual.ts';
import { swish } from '../parts/activation.ts';
import { dense, dropout, globalPool } from '../parts/basics.ts';
import { channels } from '../parts/connect.ts';
import { convNorm } from '../parts/conv.ts';
import { efficientNetRule } from '../rules.ts';

type Row = readonly [expansion: number, kernel: number, stride: number, width: number, blocks: number];

/** Tan & Le 2019, table 1: [expansion, kernel, stride of the first, width, blocks]. */
const ROWS: readonly Row[] = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
];

/** The compound scaling of section 3.3: multipliers of B0's width and depth, side in pixels, dropout. */
export const EFFICIENTNETS = {
  'efficientnet-b0': { width: 1, depth: 1, side: 224, dropout: 0.2 },
  'efficientnet-b1': { width: 1, depth: 1.1, side: 240, dropout: 0.2 },
  'efficientnet-b2': { width: 1.1, depth: 1.2, side: 260, dropout: 0.3 },
} as const;

export type EfficientNetVariant = keyof typeof EFFICIENTNETS;
export const EfficientNetOptions = z.strictObject({
  ...shared,
  stochasticDepth: stochasticDepth(0.2),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe('Probability that a feature is zeroed before the classifier; 0.2 for B0 and B1, 0.3 for B2'),
});
export type EfficientNetOptions = z.output<typeof EfficientNetOptions>;
export type EfficientNetArguments = Arguments<EfficientNetVariant, typeof EfficientNetOptions>;

interface Scale {
  readonly width: number;
  readonly depth: number;
  readonly stochasticDepth: number;
}

const stepsOf = ({ width, depth, stochasticDepth: last }: Scale): Step[] => {
  const repeated = ROWS.flatMap(([expansion, kernel, first, filters, blocks]) =>
    Array.from({ length: Math.ceil(blocks * depth) }, (_, i) => {
      return { expansion, kernel, filters: roundTo8(filters * width), stride: i === 0 ? first : 1 };
    }),
  );
  return repeated.map(({ expansion, kernel, filters, stride: published }, i) => ({
    stride: published,
    build: (x, name, stride) => {
      const squeeze = Math.max(1, Math.floor(channels(x) / 4));
      return invertedResidual(x, name, {
        expanded: roundTo8(channels(x) * expansion),
        filters,
        kernel,
        stride,
        activation: swish,
        squeeze: { squeeze, kind: 'convolution', activation: swish },
        drop: (last * i) / repeated.length,
      });
    },
  }));
};

const efficientnets = family({
  table: EFFICIENTNETS,
  options: EfficientNetOptions,
  summary: (variant) =>
    `${variant.replace('efficientnet-b', 'EfficientNet-B')}, inverted residuals scaled together`,
  when: 'Accuracy for few multiplications, pictures of 224 pixels and more.',
  source: () => 'Tan and Le, ICML 2019, as torchvision has it',
  side: ({ stem }, row) => (stem === 'cifar' ? 32 : row.side),
  build: (images, row, options, classes) => {
    const small = options.stem === 'cifar';
    const scale = { ...options, width: row.width * options.width, depth: row.depth * options.depth };
    const start = {
      filters: roundTo8(32 * scale.width),
      kernel: 3,
      stride: small ? 1 : 2,
      activation: swish,
    };
    const { end, taps } = sequence(convNorm(images, 'stem', start), stepsOf(scale), small);
    const last = convNorm(end, 'head', { filters: 4 * channels(end), kernel: 1, activation: swish });
    const pooled = globalPool(last, 'pool');
    const logits = dense(dropout(pooled, 'dropout', options.dropout ?? row.dropout), 'classifier', classes);
    return { maps: [...taps, ['stage4', last]], pooled, logits, rule: efficientNetRule };
  },
});

/** An EfficientNet (Tan & Le 2019), batch norm with PyTorch's ε. */
export const efficientnet = efficientnets.make;
/** One plugin a variant. */
export const efficientnetPlugins = efficientnets.plugins;
