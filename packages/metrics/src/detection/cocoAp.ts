import { METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { COCO_MOST, cocoNumbers, type CocoEvaluation } from './cocoEvaluation.ts';
import { cocoPass } from './cocoPass.ts';
import { OF_BOXES, readImageBoxes } from './readImageBoxes.ts';
import { inTurns } from './work.ts';

export const CocoApOptions = z.strictObject({
  first: z
    .enum(['AP', 'AP50'])
    .default('AP')
    .describe('the number that stands first: of the first metric, it chooses the best epoch'),
  each: z.boolean().default(false).describe('report each class too, as `AP/<class>`'),
  most: z
    .array(z.int().positive())
    .min(1)
    .refine((most) => most.every((n, i) => i === 0 || n > (most[i - 1] ?? 0)), 'Give rising numbers.')
    .default([...COCO_MOST])
    .describe('detections of an image and class: recall is told at each, precision at the last'),
});
export type CocoApOptions = z.input<typeof CocoApOptions>;

const named = (
  { numbers, byClass }: CocoEvaluation,
  { first, each }: z.output<typeof CocoApOptions>,
  classes: readonly string[],
): Record<string, number> => ({
  [first]: numbers[first] ?? NaN,
  ...numbers,
  ...(each && Object.fromEntries(classes.map((name, c) => [`AP/${name}`, byClass[c]?.['AP'] ?? NaN]))),
});

/** Numbers beside AP and AP50, but for the recalls at so many detections. */
const DETAILS = ['AP75', 'APs', 'APm', 'APl', 'AP/', 'ARs', 'ARm', 'ARl'];

/**
 * COCO's twelve numbers of boxes, fractions: `AP`, `AP50`, `AP75`, `APs`, `APm`, `APl`, `AR1`, `AR10`, `AR100`, `ARs`, `ARm`,
 * `ARl`. NaN where no true box counts. Keeps what each detection was matched with, never outputs or boxes.
 */
export const cocoAp = (options: CocoApOptions = {}): Metric => {
  const parsed = CocoApOptions.parse(options);
  return {
    name: 'coco-ap',
    goal: 'max',
    details: [...DETAILS, ...parsed.most.map((most) => `AR${most}`)],
    ...OF_BOXES,
    begin({ classes }) {
      const pass = cocoPass(classes.length, parsed.most.at(-1) ?? 0);
      return {
        add: (batch) => readImageBoxes(batch).forEach((image) => pass.add(image)),
        end: async () => named(await inTurns(cocoNumbers(pass, parsed.most)), parsed, classes),
      };
    },
  };
};

export const cocoApPlugin = plugin({
  token: METRIC,
  name: 'coco-ap',
  summary: "COCO's average precision and recall of boxes",
  when: 'You detect; its first number chooses the best epoch.',
  source: 'Lin et al. 2014, as pycocotools 2.0.11 computes it',
  options: CocoApOptions,
  create: cocoAp,
});
