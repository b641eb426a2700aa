import {
  DATASET,
  measure,
  METRIC,
  seedOf,
  unitsOf,
  type Registry,
  type Spec,
  type SplitName,
} from '@understory/core';
import { checkConfig } from '@understory/config';
import type { OnProgress, Say } from '../../listeners.ts';
import { readTrained, type LoadOptions, type Trained } from '../../load/loadNetwork.ts';
import { openTrained, type OpenOptions } from '../../load/openTrained.ts';
import { openRegistry } from '../../session.ts';
import { takeClasses, takePredictions, type ClassResult } from './classCounts.ts';
import type { CorruptionResult } from './corruptions.ts';
import { evaluatedData, type EvaluatedData } from './evaluatedData.ts';
import { makeEvaluators, runEvaluators, type EvaluatorResult } from './evaluators.ts';
import { batchesOf, isOfClasses, mustBeOfClasses, type Measured } from './measured.ts';
import type { OutsideResult } from './outside.ts';
import { meetBefore } from './meetBefore.ts';
import { mustHaveImages, type OtherData } from './otherData.ts';
import type { ExitsResult } from '../exits/measureExits.ts';
import { calibrated, mustHaveValidation, type TemperatureResult } from './temperature.ts';
import { measureViews, testTimeViews } from './testTimeViews.ts';

/** What else is measured. */
export interface EvaluateExtras {
  /** How the images of each class were named. */
  readonly classes?: boolean;
  /** A temperature is fitted on validation. */
  readonly temperature?: boolean;
  /** Evaluators by name, or with options. */
  readonly evaluators?: readonly Spec[];
  /** Views whose mean probabilities are measured beside those of the images as they are; from 2. */
  readonly views?: number;
  /** Data of other classes, which the network should tell from its own. */
  readonly outside?: OtherData;
  /** Early exits: what a classifier at each tap reaches, and what leaving there spares. */
  readonly exits?: boolean;
  /** Images made worse in 14 ways and five strengths: 71 passes over them. */
  readonly corruptions?: boolean;
}

export interface EvaluateRequest
  extends Pick<LoadOptions, 'checkpoint'>, Pick<OpenOptions, 'cluster'>, EvaluateExtras {
  /** A run's folder. */
  readonly run: string;
  readonly split: SplitName;
  /** Told where the images are not those that the run had. */
  readonly say: Say;
  readonly onProgress?: OnProgress;
}

/** What a run's network reaches on a split. */
export interface Evaluation extends Pick<EvaluatedData, 'asTrained'> {
  /** How many images were measured. */
  readonly samples: number;
  /** Units of metrics that are no fractions, by name. */
  readonly units: Readonly<Record<string, string>>;
  /** The run's own metrics, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly classes?: ClassResult;
  readonly temperature?: TemperatureResult;
  readonly evaluators?: EvaluatorResult;
  readonly exits?: ExitsResult;
  readonly outside?: OutsideResult;
  readonly corruptions?: CorruptionResult;
  readonly views?: { readonly count: number; readonly metrics: Readonly<Record<string, number>> };
}

/** A run with what its config names, read before TensorFlow is loaded; evaluators that are asked for are checked too. */
export const readMeasured = async (
  run: string,
  checkpoint: LoadOptions['checkpoint'],
  evaluators: readonly Spec[],
): Promise<{ readonly trained: Trained; readonly registry: Registry }> => {
  const trained = await readTrained(run, checkpoint);
  const { config, folder } = trained.info;
  const registry = await openRegistry(config.plugins, folder);
  if (evaluators.length > 0) checkConfig({ ...config, evaluators }, registry);
  return { trained, registry };
};

/** What is for one class an image alone. */
const OF_CLASSES = ['classes', 'temperature', 'views', 'exits', 'outside', 'corruptions'] as const;

const checkExtras = (measured: Measured, extras: EvaluateExtras): void => {
  for (const name of OF_CLASSES) if (extras[name]) mustBeOfClasses(measured, `--${name}`);
  for (const name of ['temperature', 'exits'] as const)
    if (extras[name]) mustHaveValidation(measured, `--${name}`);
};

/** Exits, and what tells other data apart: exits too, where they were made. */
const exitsAndOutside = async (
  measured: Measured,
  extras: EvaluateExtras,
): Promise<Pick<Evaluation, 'exits' | 'outside'>> => {
  if (!extras.exits && !extras.outside) return {};
  const [{ fitExits }, { measureExits }, { measureOutside }] = await Promise.all([
    import('../exits/fitExits.ts'),
    import('../exits/measureExits.ts'),
    import('./outside.ts'),
  ]);
  const fitted = extras.exits ? await fitExits(measured) : undefined;
  return {
    ...(fitted && { exits: await measureExits(measured, fitted) }),
    ...(extras.outside && { outside: await measureOutside(measured, extras.outside, fitted) }),
  };
};

const ofCorruptions = async (measured: Measured): Promise<Pick<Evaluation, 'corruptions'>> => {
  const { measureCorruptions } = await import('./corruptions.ts');
  return { corruptions: await measureCorruptions(measured) };
};

const measureAll = async (
  measured: Measured,
  registry: Registry,
  extras: EvaluateExtras,
): Promise<Omit<Evaluation, 'asTrained'>> => {
  checkExtras(measured, extras);
  const evaluators = makeEvaluators(registry, extras.evaluators ?? [], measured);
  const { config, dataset, split, step, batch, task } = measured;
  const [samples, names] = [dataset[split], dataset.classes];
  const views = extras.views === undefined ? [] : testTimeViews(registry, measured, extras.views);
  const metrics = config.metrics.map((spec) => registry.make(METRIC, spec));
  const classes = extras.classes ? takeClasses(names) : undefined;
  const predictions =
    extras.temperature && isOfClasses(task, samples)
      ? takePredictions(names.length, samples.length)
      : undefined;
  const all = [
    ...metrics,
    ...(classes ? [classes.metric] : []),
    ...(predictions ? [predictions.metric] : []),
  ];
  const what = batchesOf(measured, `${split} images`);
  const values = await measure(step, samples, all, { batch, classes: names, ...what });
  return {
    samples: samples.length,
    metrics: values,
    units: unitsOf({ metrics }),
    ...(classes && { classes: classes.result() }),
    ...(predictions && { temperature: await calibrated(measured, predictions.result()) }),
    ...(views.length > 0 && {
      views: { count: views.length, metrics: await measureViews(measured, views, metrics) },
    }),
    ...(evaluators.length > 0 && { evaluators: await runEvaluators(evaluators, measured) }),
    ...(extras.corruptions && (await ofCorruptions(measured))),
    ...(await exitsAndOutside(measured, extras)),
  };
};

/** A run that was read, and the split that is looked at. */
export interface MeasuredRequest extends OpenOptions, Pick<EvaluateRequest, 'split' | 'say' | 'onProgress'> {
  readonly trained: Trained;
  readonly registry: Registry;
}

/** Opens a run's data and network, and closes both when the work is done. Errors: `empty-split`, those of `evaluatedData`. */
export const withMeasured = async <T>(
  { trained, registry, split, say, onProgress, ...open }: MeasuredRequest,
  work: (measured: Measured, asTrained: boolean | undefined) => Promise<T>,
): Promise<T> => {
  const { config } = trained.info;
  const openData = registry.make(DATASET, config.dataset);
  const seed = seedOf(config.seed).at('dataset');
  const opened = await openData({ seed, ...(onProgress && { progress: onProgress }) });
  try {
    mustHaveImages(opened, split);
    const { close, ...network } = await openTrained(registry, trained, say, open);
    try {
      const { dataset, notes, asTrained } = await evaluatedData(trained, opened, split);
      notes.forEach((note) => say(note));
      await meetBefore(network, { dataset, split });
      const measured = { ...network, config, dataset, split, say, ...(onProgress && { onProgress }) };
      return await work(measured, asTrained);
    } finally {
      close();
    }
  } finally {
    await opened.close?.();
  }
};

/**
 * Metrics of a trained network on a split of its dataset, and what else is asked for. Errors: those of `readTrained` and
 * `evaluatedData`, `empty-split`, `task` (numbers of classes of another task), `config` (an evaluator), `no-taps` (exits).
 */
export const evaluateRun = async (request: EvaluateRequest): Promise<Evaluation> => {
  const { run, checkpoint, split, say, onProgress, cluster, ...extras } = request;
  const read = await readMeasured(run, checkpoint, extras.evaluators ?? []);
  const options = { split, say, cluster, ...(onProgress && { onProgress }), heads: extras.exits === true };
  return withMeasured({ ...read, ...options }, async (measured, asTrained) => {
    const found = await measureAll(measured, read.registry, extras);
    return { ...found, ...(asTrained !== undefined && { asTrained }) };
  });
};
