import type { StageSpec } from '@understory/core';
import { z } from 'zod';
import { family, type Arguments } from '../family.ts';
import { dropout as dropoutOption, shared, STEM_SIZE } from '../options.ts';
import { relu6 } from '../parts/activation.ts';
import { dense, dropout, globalPool } from '../parts/basics.ts';
import { channels } from '../parts/connect.ts';
import { convNorm } from '../parts/conv.ts';
import { smallDenseRule } from '../rules.ts';
import { extension } from '../stages.ts';
import { invertedResidual, roundTo8, sequence, type Step } from './invertedResidual.ts';

type Row = readonly [expansion: number, width: number, blocks: number, stride: number];

/** Sandler et al. 2018, table 2: [expansion, width, blocks, stride of the first]. */
export const MOBILENETS_V2 = {
  mobilenetv2: [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ],
} as const satisfies Record<string, readonly Row[]>;

export const MobileNetV2Options = z.strictObject({ ...shared, dropout: dropoutOption(0.2) });
export type MobileNetV2Options = z.output<typeof MobileNetV2Options>;
export type MobileNetV2Arguments = Arguments<'mobilenetv2', typeof MobileNetV2Options>;

const stepsOf = ([expansion, width, blocks, first]: Row, options: MobileNetV2Options): Step[] =>
  Array.from({ length: Math.ceil(blocks * options.depth) }, (_, i) => ({
    stride: i === 0 ? first : 1,
    build: (x, name, stride) => {
      const expanded = channels(x) * expansion;
      const filters = roundTo8(width * options.width);
      return invertedResidual(x, name, { expanded, filters, kernel: 3, stride, activation: relu6 });
    },
  }));

/** Branches: inverted residuals that widen six times, as all but the first of the main path do. */
const extend = extension((x, name, { planes, stride }) =>
  invertedResidual(x, name, {
    expanded: 6 * channels(x),
    filters: planes,
    kernel: 3,
    stride,
    activation: relu6,
  }),
);

/**
 * The stages between the taps, for branches: a stage begins where the map is halved, and is as wide as its last row. The
 * last one has no 1×1 convolution at its end.
 */
const stagesOf = (rows: readonly Row[], { width, depth }: MobileNetV2Options): StageSpec[] => {
  const starts = rows.flatMap(([, , , stride], i) => (stride === 2 ? [i] : [])).slice(-3);
  return [0, ...starts].map((from, i) => {
    const own = rows.slice(from, starts[i]);
    return {
      blocks: own.reduce((sum, [, , blocks]) => sum + Math.ceil(blocks * depth), 0),
      planes: roundTo8(own.at(-1)![1] * width),
      stride: i === 0 ? 1 : 2,
    };
  });
};

const mobilenets = family({
  table: MOBILENETS_V2,
  options: MobileNetV2Options,
  summary: () => 'MobileNetV2, inverted residuals with linear bottlenecks',
  when: 'Small devices; one of the networks of the CDS tables.',
  source: () => 'Sandler et al., CVPR 2018, table 2',
  side: ({ stem }) => STEM_SIZE[stem],
  build: (images, rows, options, classes) => {
    const small = options.stem === 'cifar';
    const steps = rows.flatMap((row) => stepsOf(row, options));
    const start = {
      filters: roundTo8(32 * options.width),
      kernel: 3,
      stride: small ? 1 : 2,
      activation: relu6,
    };
    const { end, taps } = sequence(convNorm(images, 'stem', start), steps, small);
    const head = { filters: roundTo8(1280 * Math.max(1, options.width)), kernel: 1, activation: relu6 };
    const last = convNorm(end, 'head', head);
    const pooled = globalPool(last, 'pool');
    const logits = dense(dropout(pooled, 'dropout', options.dropout), 'classifier', classes);
    const branches = { stages: stagesOf(rows, options), extend };
    return { maps: [...taps, ['stage4', last]], pooled, logits, rule: smallDenseRule, ...branches };
  },
});

/** MobileNetV2 (Sandler et al. 2018). */
export const mobilenetV2 = mobilenets.make;
/** One plugin. */
export const mobilenetV2Plugins = mobilenets.plugins;
