import {
  DATASET,
  measure,
  METRIC,
  seedOf,
  unitsOf,
  SPLITS,
  UnderstoryError,
  type Dataset,
  type SplitName,
} from '@understory/core';
import type { OnProgress, Say } from '../listeners.ts';
import { readTrained, type LoadOptions } from '../load/loadNetwork.ts';
import { openTrained } from '../load/openTrained.ts';
import { openRegistry } from '../session.ts';
import { evaluatedData, type EvaluatedData } from './evaluatedData.ts';

export interface EvaluateRequest extends Pick<LoadOptions, 'checkpoint'> {
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
}

/** A measure of no image is no number. */
const mustHaveImages = (dataset: Dataset, split: SplitName): void => {
  if (dataset[split].length > 0) return;
  const others = SPLITS.filter((name) => dataset[name].length > 0).map((name) => `--split ${name}`);
  const cure = others.length > 0 ? ` Give ${others.join(' or ')}.` : '';
  throw new UnderstoryError(
    'empty-split',
    `${dataset.name} has no ${split} images, so there is nothing to measure.${cure}`,
  );
};

/**
 * Metrics of a trained network on a split of its dataset. Errors: those of `readTrained` and `evaluatedData`, and
 * `empty-split`.
 */
export const evaluateRun = async ({
  run,
  checkpoint,
  split,
  say,
  onProgress,
}: EvaluateRequest): Promise<Evaluation> => {
  const trained = await readTrained(run, checkpoint);
  const { config, folder } = trained.info;
  const registry = await openRegistry(config.plugins, folder);
  const metrics = config.metrics.map((spec) => registry.make(METRIC, spec));
  const seed = seedOf(config.seed).at('dataset');
  const open = registry.make(DATASET, config.dataset);
  const opened = await open({ seed, ...(onProgress && { progress: onProgress }) });
  mustHaveImages(opened, split);
  const { step, batch, close } = await openTrained(registry, trained, say);
  const { dataset, notes, asTrained } = await evaluatedData(trained, opened, split);
  notes.forEach((note) => say(note));
  const values = await measure(step, dataset[split], metrics, {
    batch,
    classes: dataset.classes,
    onBatch: (done, total) => onProgress?.(done, total, `${split} images`),
  });
  await opened.close?.();
  close();
  return {
    samples: dataset[split].length,
    metrics: values,
    units: unitsOf({ metrics }),
    ...(asTrained !== undefined && { asTrained }),
  };
};
