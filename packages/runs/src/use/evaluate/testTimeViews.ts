import {
  AUGMENTATION,
  float32,
  inferBatches,
  LOGITS,
  logSumExp,
  middleOf,
  OBJECTIVE,
  previewSamples,
  UnderstoryError,
  viewSize,
  metricRequest,
  type Metric,
  type NdArrays,
  type Registry,
  type Samples,
  type View,
} from '@understory/core';
import { planStreams, type ExperimentConfig } from '@understory/config';
import { defaultViews } from '@understory/recipes/experiments';
import { batchesOf, type Measured } from './measured.ts';

/** Images mirrored left to right. */
const mirrored = (samples: Samples): Samples => ({
  ...samples,
  async read(positions) {
    const pixels = await samples.read(positions);
    const row = samples.size[1] * 3;
    return Uint8Array.from(pixels, (_, i) => {
      const [start, x] = [i - (i % row), Math.floor((i % row) / 3)];
      return pixels[start + row - 3 - 3 * x + (i % 3)]!;
    });
  },
});

/** Images as a training view shows them, an image always the same way. */
const drawn = (
  samples: Samples,
  view: View,
  { seed, number }: { seed: number; number: number },
): Samples => ({
  ...samples,
  size: viewSize(view, samples.size),
  async read(positions) {
    const stream = { ...{ name: `test-time ${number}`, samples, batch: 1, labelled: true }, views: [view] };
    const [preview] = await previewSamples(stream, seed, Array.from(positions));
    return preview!.images.data as Uint8Array;
  },
});

/** The first view of a run's first stream. */
const trainingView = (registry: Registry, config: ExperimentConfig): View => {
  const objectives = config.objectives.map((spec) => registry.make(OBJECTIVE, spec));
  const [first] = planStreams(config, objectives, defaultViews());
  return (first.views[0] ?? []).map((spec) => registry.make(AUGMENTATION, spec));
};

/**
 * Images in so many views: as they are; mirrored, where the run's own first view mirrors them; the others as draws of that view, by
 * the run's seed, an image always the same way.
 */
export const testTimeViews = (
  registry: Registry,
  { config, dataset, split }: Measured,
  count: number,
): readonly Samples[] => {
  const samples = dataset[split];
  const view = trainingView(registry, config);
  const [shown, seen] = [viewSize(view, samples.size), middleOf(samples.size, config.inferenceCrop).size];
  if (shown.join() !== seen.join())
    throw new UnderstoryError(
      'views',
      `The run's first view makes images of ${shown.join('×')} pixels of ${samples.size.join('×')}, of which the network sees ${seen.join('×')} otherwise, so it has no further views of these. Leave --views out.`,
    );
  const fixed = view.some(({ name }) => name === 'flip') ? [samples, mirrored(samples)] : [samples];
  const more = Array.from({ length: Math.max(0, count - fixed.length) }, (_, i) =>
    drawn(samples, view, { seed: config.seed, number: i }),
  );
  return [...fixed, ...more].slice(0, count);
};

/** log of the mean of the views' probabilities [N · C]: as logits they give just these probabilities. */
const meanLogits = (views: readonly Float32Array[], classes: number): Float32Array => {
  const sum = new Float64Array(views[0]!.length);
  for (const logits of views)
    for (let from = 0; from < sum.length; from += classes) {
      const row = logits.subarray(from, from + classes);
      const whole = logSumExp(row);
      row.forEach((logit, c) => (sum[from + c]! += Math.exp(logit - whole) / views.length));
    }
  // The least number keeps what has no probability at all finite.
  return Float32Array.from(sum, (p) => Math.log(Math.max(p, Number.MIN_VALUE)));
};

const outputsOf = (views: readonly NdArrays[]): NdArrays => {
  const { shape } = views[0]![LOGITS]!;
  const logits = meanLogits(
    views.map((outputs) => outputs[LOGITS]!.data as Float32Array),
    shape[1] ?? 1,
  );
  return { [LOGITS]: float32(logits, shape), probabilities: float32(logits.map(Math.exp), shape) };
};

/** Metrics of the mean of the probabilities over views of the same images. */
export const measureViews = async (
  measured: Measured,
  views: readonly Samples[],
  metrics: readonly Metric[],
): Promise<Record<string, number>> => {
  const { step, batch, dataset, split } = measured;
  const samples = dataset[split];
  const passes = metrics.map((metric) => metric.begin(metricRequest(dataset.classes, samples)));
  const what = batchesOf(measured, `${split} images in ${views.length} views`);
  const [first, ...others] = views.map((view, v) =>
    inferBatches(step, view, { batch, ...(v === 0 && what) }),
  );
  for await (const { positions, outputs } of first!) {
    const more: NdArrays[] = [];
    for (const other of others) {
      const next = await other.next();
      if (!next.done) more.push(next.value.outputs);
    }
    const targets = await samples.readTargets(positions);
    const mean = outputsOf([outputs, ...more]);
    for (const pass of passes) pass.add({ outputs: mean, targets, count: positions.length });
  }
  const numbers: Record<string, number> = {};
  for (const pass of passes) Object.assign(numbers, await pass.end());
  return numbers;
};
