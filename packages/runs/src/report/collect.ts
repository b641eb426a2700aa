import {
  evaluationBatch,
  infer,
  LOGITS,
  outputShapes,
  permutation,
  previewViews,
  seedOf,
  uint8,
  type Experiment,
  type NdArray,
  type Predictions,
  type Samples,
} from '@understory/core';
import type { ReportInput, ReportMethod } from '@understory/report';
import { readMetrics, type Run } from '@understory/tracking/node';
import type { FinishedRun } from '../run/runExperiment.ts';

/** Test images whose embeddings are shown: as many as a page draws quickly. */
export const EMBEDDED = 500;
const GALLERY = 6;

export interface Collected {
  readonly label: string;
  readonly run: Run;
  readonly finished: Pick<FinishedRun, 'start' | 'done'>;
  readonly method: ReportMethod;
}

/** A fixed choice of positions, the same for every method. */
export const chosen = (samples: Samples, count: number): number[] =>
  [...permutation(samples.length, seedOf(0).at('shown').rng())].slice(0, count).sort((a, b) => a - b);

/** What a finished run's network makes of the test images; nothing where there are none. */
const tested = async ({
  experiment,
  training,
}: FinishedRun): Promise<Pick<ReportMethod, 'predictions' | 'embeddings'>> => {
  const { test } = experiment.dataset;
  if (test.length === 0) return {};
  const taps = training.network.backbone.taps.map((t) => t.name);
  const batch = evaluationBatch(training.network);
  const features = await infer(training.inference, test, {
    batch,
    outputs: taps.map((tap) => `tap/${tap}`),
    positions: chosen(test, EMBEDDED),
  });
  const embeddings = taps.map((stage) => ({ stage, values: features[`tap/${stage}`]! }));
  // Sections of classes look at all logits; other tasks' predictions are shown of some images.
  if (!test.groups || outputShapes(training.network)[LOGITS]?.length !== 1) return { embeddings };
  const { logits } = await infer(training.inference, test, { batch });
  const predictions: Predictions = {
    classes: logits!.shape[1]!,
    logits: logits!.data as Float32Array,
    labels: test.groups,
  };
  return { predictions, embeddings };
};

/** What a finished run shows of itself: history, predictions of the best weights, embeddings of each stage. */
export const collectMethod = async (label: string, finished: FinishedRun): Promise<Collected> => {
  const { run, start, done } = finished;
  const lines = await readMetrics(run.files.metrics);
  const method: ReportMethod = {
    label,
    steps: lines.filter((l) => l.type === 'step'),
    epochs: lines.filter((l) => l.type === 'epoch'),
    ...(done.result && { result: done.result }),
    seconds: done.seconds,
    parameters: start.parameters,
    engine: start.engine,
    ...(await tested(finished)),
  };
  return { label, run, finished: { start, done }, method };
};

/** Each picture of some pixels [N, H, W, 3] by itself. */
export const pictures = (pixels: Uint8Array, size: readonly [number, number]): NdArray[] => {
  const length = size[0] * size[1] * 3;
  return Array.from({ length: pixels.length / length }, (_, i) =>
    uint8(pixels.slice(i * length, (i + 1) * length), [...size, 3]),
  );
};

/** A few training images in each of their views, and the views' augmentations by name. */
export const collectGallery = async ({
  streams: [stream],
  seed,
}: Experiment): Promise<NonNullable<ReportInput['views']>> => {
  const positions = chosen(stream.samples, GALLERY);
  const views = await previewViews(stream, seed, positions);
  const size = stream.views[0]!.reduce((s, a) => a.outputSize?.(s) ?? s, stream.samples.size);
  const shown = views.map((view) => pictures(view, size));
  return {
    titles: stream.views.map((view) => view.map((a) => a.name).join(', ')),
    samples: positions.map((p, i) => ({
      label: stream.samples.groups?.[p] ?? -1,
      views: shown.map((view) => view[i]!),
    })),
  };
};
