import { METRIC, namedClass, plugin, UnderstoryError, type Metric, type MetricBatch } from '@understory/core';
import { z } from 'zod';
import { batchPair } from '../batchPair.ts';
import { addPixels, noPixels, pixelNumbers } from './pixelNumbers.ts';

export const SegmentationMetricOptions = z.strictObject({
  each: z.boolean().default(false).describe('report each class too, as `IoU/<class>`'),
  ignore: z
    .int()
    .optional()
    .describe(
      'what stands in a map where a pixel has no class; what the data set says of its maps, or −1, by default',
    ),
  target: z.string().min(1).default('mask').describe('the target that holds the class of each pixel'),
  output: z
    .string()
    .min(1)
    .default('probabilities')
    .describe("the task's output with a number for each pixel and class"),
});
export type SegmentationMetricOptions = z.input<typeof SegmentationMetricOptions>;
type Parsed = z.output<typeof SegmentationMetricOptions>;

/** True and said classes of the pixels of a batch. Throws `not-finite` where a pixel has no probabilities, and those of `batchPair`. */
const mapsOf = (batch: MetricBatch, names: Parsed, seen: number) => {
  const [scores, truth] = batchPair(
    'segmentation',
    batch,
    names,
    (said, is) => said.slice(0, -1).join() === is.join(),
  );
  const classes = scores.shape.at(-1) ?? 0;
  const pixels = truth.data.length / (truth.shape[0] ?? 1);
  const said = Int32Array.from(truth.data, (_, p) => {
    const named = namedClass(scores.data.subarray(p * classes, (p + 1) * classes));
    if (named >= 0) return named;
    throw new UnderstoryError(
      'not-finite',
      `Image ${seen + Math.floor(p / pixels)} has a pixel, ${p % pixels}, with a number that is not finite. Look why the network gives it.`,
    );
  });
  return { truth: truth.data, said };
};

/**
 * Of maps of classes: `mIoU`, intersection over union over all pixels of a split and the mean over the classes that there are or
 * that were said; `pixelAccuracy`; `meanAccuracy` over classes; with `each` also `IoU/<class>`. Keeps counts alone.
 */
export const segmentation = (options: SegmentationMetricOptions = {}): Metric => {
  const parsed = SegmentationMetricOptions.parse(options);
  return {
    name: 'segmentation',
    goal: 'max',
    units: { 'mIoU/classes': 'classes' },
    details: ['meanAccuracy', 'mIoU/', 'IoU/'],
    reads: [parsed.output],
    targets: { [parsed.target]: 'map' },
    begin({ classes, targets = {} }) {
      const { ignore = targets[parsed.target]?.outside ?? -1 } = parsed;
      const counts = noPixels(classes.length, ignore);
      let seen = 0;
      return {
        add(batch) {
          const { truth, said } = mapsOf(batch, parsed, seen);
          addPixels(counts, truth, said);
          seen += batch.count;
        },
        end() {
          const { meanIou, pixelAccuracy, meanAccuracy, iou } = pixelNumbers(counts);
          const own = classes.map((name, c) => [`IoU/${name}`, iou[c] ?? NaN] as const);
          return {
            ...{ mIoU: meanIou.value, pixelAccuracy, meanAccuracy: meanAccuracy.value },
            'mIoU/classes': meanIou.of,
            ...(parsed.each && Object.fromEntries(own)),
          };
        },
      };
    },
  };
};

export const segmentationPlugin = plugin({
  token: METRIC,
  name: 'segmentation',
  summary: 'Mean intersection over union of the classes of pixels, and the share of pixels that are right',
  when: 'A task says a class for each pixel.',
  source: 'Long et al. 2015, section 5; torchmetrics: JaccardIndex',
  options: SegmentationMetricOptions,
  create: segmentation,
});
