import {
  DATASET,
  inferenceStep,
  measure,
  METRIC,
  predict,
  seedOf,
  UnderstoryError,
  type Dataset,
} from '@understory/core';
import { evaluatedData, networkOfTrained, readTrained, openRegistry, openRunner } from '@understory/runs';
import { jsonText } from '../jsonText.ts';
import { preparation } from '../preparation.ts';
import { percent } from '../terminal.ts';

interface EvaluateOptions {
  readonly checkpoint: 'best' | 'last';
  readonly split: 'train' | 'validation' | 'test';
  readonly json: boolean;
}

/** `understory evaluate <run>`: metrics of a trained network on a split of its dataset. */
export const evaluate = async (
  folder: string,
  { checkpoint, split, json }: EvaluateOptions,
): Promise<void> => {
  const trained = await readTrained(folder, checkpoint);
  const { info } = trained;
  const registry = await openRegistry(info.config.plugins, info.folder);
  const metrics = info.config.metrics.map((spec) => registry.make(METRIC, spec));
  const opened = await registry.make(
    DATASET,
    info.config.dataset,
  )({ seed: seedOf(info.config.seed).at('dataset'), progress: preparation() });
  mustHaveImages(opened, split);
  const runner = await openRunner(info.config.engine);
  const network = await networkOfTrained(registry, runner, trained);
  const { dataset, notes, asTrained } = await evaluatedData(trained, opened, split);
  for (const note of notes) process.stderr.write(`${note}\n`);
  const step = runner.step('infer', inferenceStep(network, info.dataset.normalization));
  const predictions = await predict(step, dataset[split], {
    batch: 128,
    onBatch: onBatch(preparation(), split),
  });
  const values = await measure(metrics, predictions);
  if (json)
    process.stdout.write(
      `${jsonText({ run: folder, checkpoint, split, samples: predictions.labels.length, ...(asTrained !== undefined && { asTrained }), metrics: values }, 0)}\n`,
    );
  else {
    process.stdout.write(`${folder}, ${checkpoint} weights, ${predictions.labels.length} ${split} images\n`);
    for (const [name, value] of Object.entries(values))
      process.stdout.write(`  ${name}  ${percent(value)}\n`);
  }
  await opened.close?.();
  runner.dispose();
};

const SPLITS = ['train', 'validation', 'test'] as const;

/** A measure of no image is no number. */
const mustHaveImages = (dataset: Dataset, split: EvaluateOptions['split']): void => {
  if (dataset[split].length > 0) return;
  const others = SPLITS.filter((name) => dataset[name].length > 0).map((name) => `--split ${name}`);
  const cure = others.length > 0 ? ` Give ${others.join(' or ')}.` : '';
  throw new UnderstoryError(
    'empty-split',
    `${dataset.name} has no ${split} images, so there is nothing to measure.${cure}`,
  );
};

const onBatch =
  (show: ReturnType<typeof preparation>, split: string) =>
  (done: number, total: number): void =>
    show(done, total, `${split} images`);
