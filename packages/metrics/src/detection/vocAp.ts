import { METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { OF_BOXES, readImageBoxes } from './readImageBoxes.ts';
import { vocNumbers, vocPass } from './vocEvaluation.ts';
import { inTurns } from './work.ts';

export const VocApOptions = z.strictObject({
  iou: z.number().positive().max(1).default(0.5).describe('overlap from which on a box is found'),
  year: z
    .union([z.literal(2007), z.literal(2010)])
    .default(2010)
    .describe('2007: mean of the best precision at eleven recalls; 2010: area under the curve'),
  legacy: z
    .boolean()
    .default(false)
    .describe(
      'sides one pixel longer, and overlap more than `iou`: as code for inclusive coordinates computes it',
    ),
  each: z.boolean().default(false).describe('report each class too, as `mAP/<class>`'),
});
export type VocApOptions = z.input<typeof VocApOptions>;

/**
 * Pascal VOC's `mAP`, and `recall`, the share of the boxes that were found: means over classes, fractions. NaN where no true
 * box counts.
 */
export const vocAp = (options: VocApOptions = {}): Metric => {
  const { iou, year, legacy, each } = VocApOptions.parse(options);
  return {
    name: 'voc-ap',
    goal: 'max',
    details: ['mAP/'],
    ...OF_BOXES,
    begin({ classes }) {
      const pass = vocPass(classes.length, { iou, legacy });
      return {
        add: (batch) => readImageBoxes(batch).forEach((image) => pass.add(image)),
        async end() {
          const { mAP, recall, byClass } = await inTurns(vocNumbers(pass, year));
          const own = classes.map((name, c) => [`mAP/${name}`, byClass[c]?.AP ?? NaN] as const);
          return { mAP, recall, ...(each && Object.fromEntries(own)) };
        },
      };
    },
  };
};

export const vocApPlugin = plugin({
  token: METRIC,
  name: 'voc-ap',
  summary: "Pascal VOC's mean average precision of boxes",
  when: 'You compare with results on Pascal VOC, or overlap beyond a half does not matter.',
  source: 'Everingham et al. 2010 (2007: eleven recalls; from 2010 on: area under the curve)',
  options: VocApOptions,
  create: vocAp,
});
