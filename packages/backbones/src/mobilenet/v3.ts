import { z } from 'zod';
import { family, type Arguments } from '../family.ts';
import { dropout as dropoutOption, shared, STEM_SIZE } from '../options.ts';
import { hardSigmoid, hardSwish, relu } from '../parts/activation.ts';
import { dense, dropout, globalPool } from '../parts/basics.ts';
import { channels } from '../parts/connect.ts';
import { convNorm } from '../parts/conv.ts';
import { smallDenseRule } from '../rules.ts';
import { invertedResidual, roundTo8, sequence, type Step } from './invertedResidual.ts';

type Activation = 'relu' | 'swish';
type Row = readonly [
  kernel: number,
  expanded: number,
  width: number,
  gated: boolean,
  Activation,
  stride: number,
];

interface V3Row {
  readonly rows: readonly Row[];
  /** Width of the dense layer in front of the classifier. */
  readonly hidden: number;
}

/** Howard et al. 2019, tables 1 and 2: [kernel, expanded width, width, squeeze-and-excite, activation, stride]. */
export const MOBILENETS_V3 = {
  'mobilenetv3-large': {
    hidden: 1280,
    rows: [
      [3, 16, 16, false, 'relu', 1],
      [3, 64, 24, false, 'relu', 2],
      [3, 72, 24, false, 'relu', 1],
      [5, 72, 40, true, 'relu', 2],
      [5, 120, 40, true, 'relu', 1],
      [5, 120, 40, true, 'relu', 1],
      [3, 240, 80, false, 'swish', 2],
      [3, 200, 80, false, 'swish', 1],
      [3, 184, 80, false, 'swish', 1],
      [3, 184, 80, false, 'swish', 1],
      [3, 480, 112, true, 'swish', 1],
      [3, 672, 112, true, 'swish', 1],
      [5, 672, 160, true, 'swish', 2],
      [5, 960, 160, true, 'swish', 1],
      [5, 960, 160, true, 'swish', 1],
    ],
  },
  'mobilenetv3-small': {
    hidden: 1024,
    rows: [
      [3, 16, 16, true, 'relu', 2],
      [3, 72, 24, false, 'relu', 2],
      [3, 88, 24, false, 'relu', 1],
      [5, 96, 40, true, 'swish', 2],
      [5, 240, 40, true, 'swish', 1],
      [5, 240, 40, true, 'swish', 1],
      [5, 120, 48, true, 'swish', 1],
      [5, 144, 48, true, 'swish', 1],
      [5, 288, 96, true, 'swish', 2],
      [5, 576, 96, true, 'swish', 1],
      [5, 576, 96, true, 'swish', 1],
    ],
  },
} as const satisfies Record<string, V3Row>;

export type MobileNetV3Variant = keyof typeof MOBILENETS_V3;
export const MobileNetV3Options = z.strictObject({
  stem: shared.stem,
  width: shared.width,
  dropout: dropoutOption(0.2),
});
export type MobileNetV3Options = z.output<typeof MobileNetV3Options>;
export type MobileNetV3Arguments = Arguments<MobileNetV3Variant, typeof MobileNetV3Options>;

const NORM = { epsilon: 1e-3, momentum: 0.99 };
const ACTIVATIONS = { relu, swish: hardSwish };

const stepOf = ([kernel, expanded, width, gated, activation, published]: Row, multiplier: number): Step => ({
  stride: published,
  build: (x, name, stride) => {
    const wide = roundTo8(expanded * multiplier);
    const squeeze = {
      squeeze: roundTo8(Math.floor(wide / 4)),
      kind: 'convolution',
      gate: hardSigmoid,
    } as const;
    return invertedResidual(x, name, {
      expanded: wide,
      filters: roundTo8(width * multiplier),
      kernel,
      stride,
      activation: ACTIVATIONS[activation],
      norm: NORM,
      ...(gated && { squeeze }),
    });
  },
});

const mobilenets = family({
  table: MOBILENETS_V3,
  options: MobileNetV3Options,
  summary: (variant) =>
    `${variant.replace('mobilenetv3-', 'MobileNetV3 ')}, inverted residuals with channel gates`,
  when: 'Small devices, pictures of 224 pixels; faster than MobileNetV2 at the same accuracy on phones.',
  source: () => 'Howard et al., ICCV 2019, tables 1 and 2',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, { rows, hidden }, { stem, width, dropout: rate }, classes) => {
    const small = stem === 'cifar';
    const shape = { kernel: 3, stride: small ? 1 : 2, activation: hardSwish, norm: NORM };
    const start = convNorm(images, 'stem', { filters: roundTo8(16 * width), ...shape });
    const { end, taps } = sequence(start, rows.map((row) => stepOf(row, width)), small); // prettier-ignore
    const last = convNorm(end, 'head', {
      filters: 6 * channels(end),
      kernel: 1,
      activation: hardSwish,
      norm: NORM,
    });
    const pooled = globalPool(last, 'pool');
    const features = hardSwish(dense(pooled, 'hidden', roundTo8(hidden * width)), 'hidden/act');
    const logits = dense(dropout(features, 'dropout', rate), 'classifier', classes);
    return { maps: [...taps, ['stage4', last]], pooled, logits, rule: smallDenseRule };
  },
});

/** MobileNetV3 (Howard et al. 2019). `pooled` is the vector in front of its two dense layers. */
export const mobilenetV3 = mobilenets.make;
/** One plugin a variant. */
export const mobilenetV3Plugins = mobilenets.plugins;
