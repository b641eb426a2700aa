import {
  isObject,
  previewViews,
  type Experiment,
  type Named,
  type TapMeasure,
  type Task,
  type View,
} from '@understory/core';
import type { MeasuredNumber, ReportInput, ReportMethod } from '@understory/report';
import { readMetrics, type Run } from '@understory/tracking/node';
import type { FinishedRun } from '../run/runExperiment.ts';
import { settingsOf } from '../run/settings.ts';
import { boxResults } from './boxes/boxResults.ts';
import { chosen } from './chosen.ts';
import { classPredictions } from './classPredictions.ts';
import { labelsOf } from './labelsOf.ts';
import { lookAtSome, numbersOfValidation } from './lookAtSome.ts';
import { pictures } from './pictures.ts';

const GALLERY = 6;

export interface Collected {
  readonly label: string;
  readonly run: Run;
  readonly finished: Pick<FinishedRun, 'start' | 'done'>;
  readonly method: ReportMethod;
  readonly task: Pick<Task, 'name' | 'targets'>;
  /** What its network sees of test images. */
  readonly crop: Experiment['inferenceCrop'];
  /** What its metrics measure, in their order. */
  readonly numbers: readonly MeasuredNumber[];
}

/** What a finished run's network makes of the test images; nothing where there are none. */
const tested = async (
  finished: FinishedRun,
): Promise<
  Pick<ReportMethod, 'predictions' | 'embeddings' | 'examples' | 'boxes'> & Pick<Collected, 'numbers'>
> => {
  if (finished.experiment.dataset.test.length === 0) return { numbers: await numbersOfValidation(finished) };
  const { kind, ...looked } = await lookAtSome(finished);
  // Sections of classes look at all logits; what other tasks say is shown of some images.
  const predictions = kind === 'class' ? await classPredictions(finished) : undefined;
  const boxes = kind === 'boxes' ? await boxResults(finished) : undefined;
  return { ...looked, ...(predictions && { predictions }), ...(boxes && { boxes }) };
};

/** What evaluators tell of every tap, by measure. */
export const measuresOfTaps = ({ evaluators = [] }: Pick<Experiment, 'evaluators'>): Named<TapMeasure> =>
  Object.assign({}, ...evaluators.map(({ perTap = {} }) => perTap)) as Named<TapMeasure>;

/** What evaluators measured of every tap; undefined where the run had none that do. */
const depthOf = ({ experiment, training }: FinishedRun): ReportMethod['depth'] => {
  const measures = measuresOfTaps(experiment);
  const taps = training.network.backbone.taps.map(({ name }) => name);
  return Object.keys(measures).length > 0 ? { taps, measures } : undefined;
};

/** A key's values as text, those of a group by `group.key`. */
const told = (key: string, value: unknown): [string, string][] => {
  if (isObject(value)) return Object.entries(value).flatMap(([inner, one]) => told(`${key}.${inner}`, one));
  return [[key, typeof value === 'string' ? value : JSON.stringify(value)]];
};

/** Keys of a run's config as text, without where its files lay: a report is read elsewhere, by others. */
const optionsOf = (info: unknown): NonNullable<ReportMethod['config']> => {
  const config = isObject(info) && isObject(info['config']) ? info['config'] : {};
  return Object.fromEntries(Object.entries(settingsOf(config)).flatMap(([key, value]) => told(key, value)));
};

/** What a finished run shows of itself: history, predictions of the best weights, embeddings of each stage. */
export const collectMethod = async (label: string, finished: FinishedRun): Promise<Collected> => {
  const { run, start, done, experiment } = finished;
  const lines = await readMetrics(run.files.metrics);
  const { numbers, ...made } = await tested(finished);
  const depth = depthOf(finished);
  const method: ReportMethod = {
    label,
    steps: lines.filter((l) => l.type === 'step'),
    epochs: lines.filter((l) => l.type === 'epoch'),
    ...(done.result && { result: done.result }),
    seconds: done.seconds,
    parameters: start.parameters,
    engine: start.engine,
    config: optionsOf(await run.config()),
    ...(depth && { depth }),
    ...made,
  };
  return {
    label,
    run,
    finished: { start, done },
    method,
    task: experiment.task,
    crop: experiment.inferenceCrop,
    numbers,
  };
};

/** What views show that is in no image, a sentence for each view that does. */
const aboutViews = (views: readonly View[]): string[] => {
  const clauses = views.map((view) => [...new Set(view.flatMap(({ about }) => about ?? []))].join('; '));
  const alike = new Set(clauses).size === 1;
  if (alike) return clauses.slice(0, 1).flatMap((clause) => (clause === '' ? [] : [`In them, ${clause}.`]));
  return clauses.flatMap((clause, i) => (clause === '' ? [] : [`In view ${i + 1}, ${clause}.`]));
};

/** A few training images in each of their views, and the views' augmentations by name. */
export const collectGallery = async ({
  streams: [stream],
  dataset: { classes },
  seed,
}: Experiment): Promise<NonNullable<ReportInput['views']>> => {
  const positions = chosen(stream.samples, GALLERY);
  const views = await previewViews(stream, seed, positions);
  const size = stream.views[0]!.reduce((s, a) => a.outputSize?.(s) ?? s, stream.samples.size);
  const shown = views.map((view) => pictures(view, size));
  const labels = labelsOf(stream.samples, positions, classes);
  return {
    titles: stream.views.map((view) => view.map((a) => a.name).join(', ')),
    about: aboutViews(stream.views),
    samples: positions.map((_, i) => ({
      ...(labels && { label: labels[i]! }),
      views: shown.map((view) => view[i]!),
    })),
  };
};
