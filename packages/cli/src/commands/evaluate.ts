import { DATASET, inferenceStep, measure, METRIC, predict, seedOf } from '@understory/core';
import { loadNetwork } from '../loadNetwork.ts';
import { evaluatedData } from '../evaluatedData.ts';
import { preparation } from '../preparation.ts';
import { readRun } from '../runInfo.ts';
import { openRegistry, openRunner } from '../session.ts';
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
  const { run, info } = await readRun(folder);
  const registry = await openRegistry(info.config.plugins, info.folder);
  const metrics = info.config.metrics.map((spec) => registry.make(METRIC, spec));
  const opened = await registry.make(
    DATASET,
    info.config.dataset,
  )({ seed: seedOf(info.config.seed).at('dataset'), progress: preparation() });
  const runner = await openRunner(info.config.engine);
  const loaded = await loadNetwork(registry, runner, folder, { checkpoint });
  const { dataset, notes, asTrained } = await evaluatedData({ run, info: loaded.info }, opened, split);
  for (const note of notes) process.stderr.write(`${note}\n`);
  const step = runner.step('infer', inferenceStep(loaded.network, info.dataset.normalization));
  const predictions = await predict(step, dataset[split], {
    batch: 128,
    onBatch: onBatch(preparation(), split),
  });
  const values = await measure(metrics, predictions);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ run: folder, checkpoint, split, samples: predictions.labels.length, ...(asTrained !== undefined && { asTrained }), metrics: values })}\n`,
    );
  else {
    process.stdout.write(`${folder}, ${checkpoint} weights, ${predictions.labels.length} ${split} images\n`);
    for (const [name, value] of Object.entries(values))
      process.stdout.write(`  ${name}  ${percent(value)}\n`);
  }
  await opened.close?.();
  runner.dispose();
};

const onBatch =
  (show: ReturnType<typeof preparation>, split: string) =>
  (done: number, total: number): void =>
    show(done, total, `${split} images`);
