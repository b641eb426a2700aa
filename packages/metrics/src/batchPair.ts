import { UnderstoryError, type MetricBatch, type NdArray } from '@understory/core';

/** Which of a batch's arrays a metric compares. */
export interface PairNames {
  readonly output: string;
  readonly target: string;
}

/**
 * What a network said of a batch, and what is true of it. Errors: `no-target` where one of them is not there, `bad-shape`
 * where `fits` says that they do not belong together.
 */
export const batchPair = (
  metric: string,
  { outputs, targets }: MetricBatch,
  { output, target }: PairNames,
  fits: (said: readonly number[], truth: readonly number[]) => boolean,
): readonly [said: NdArray, truth: NdArray] => {
  const [said, truth] = [outputs[output], targets[target]];
  if (!said || !truth)
    throw new UnderstoryError(
      'no-target',
      `Metric "${metric}" needs the output "${output}" and the target "${target}"; there are ` +
        `${Object.keys(outputs).join(', ')} and ${Object.keys(targets).join(', ')}. Give it the options "output" and "target".`,
    );
  if (fits(said.shape, truth.shape)) return [said, truth];
  throw new UnderstoryError(
    'bad-shape',
    `Metric "${metric}": the output "${output}" [${said.shape.join(', ')}] does not fit the target "${target}" [${truth.shape.join(', ')}]. ` +
      'Give it other options "output" and "target".',
  );
};
