import {
  LABEL,
  LOGITS,
  UnderstoryError,
  type Metric,
  type MetricBatch,
  type Predictions,
} from '@understory/core';

/** A sample's logits [C] and its class. */
export interface Sample {
  readonly logits: Float32Array;
  readonly label: number;
}

/** What metrics of one class an image look at. */
export const OF_CLASSES = {
  reads: [LOGITS],
  targets: { [LABEL]: 'class' },
} as const satisfies Pick<Metric, 'reads' | 'targets'>;

/** A batch's logits and classes. Throws `no-logits` or `no-target` where a task has none. */
export const classPredictions = ({ outputs, targets }: MetricBatch): Predictions => {
  const [logits, labels] = [outputs[LOGITS], targets[LABEL]];
  if (!(logits?.data instanceof Float32Array) || logits.shape.length !== 2)
    throw new UnderstoryError(
      'no-logits',
      `This metric needs a classifier's "${LOGITS}" [N, C]; there are: ${Object.keys(outputs).join(', ')}. Use a metric of the task.`,
    );
  if (!(labels?.data instanceof Int32Array) || labels.shape.length !== 1)
    throw new UnderstoryError(
      'no-target',
      `This metric needs one class an image, "${LABEL}" [N]; there are: ${Object.keys(targets).join(', ')}. Use a metric of the task.`,
    );
  return { classes: logits.shape[1] ?? 0, logits: logits.data, labels: labels.data };
};

/** One sample after the other. Throws `bad-shape` where logits, labels and classes do not fit. */
export const samplesOf = ({ logits, labels, classes }: Predictions): Sample[] => {
  if (logits.length !== labels.length * classes)
    throw new UnderstoryError(
      'bad-shape',
      `${logits.length} logits are not those of ${labels.length} samples in ${classes} classes. Give one row of logits for each label.`,
    );
  return Array.from(labels, (label, i) => {
    if (label < 0 || label >= classes)
      throw new UnderstoryError(
        'bad-label',
        `Sample ${i} has label ${label}; labels go from 0 to ${classes - 1}.`,
      );
    return { logits: logits.subarray(i * classes, (i + 1) * classes), label };
  });
};

/**
 * One sample after the other, each with a probability for every class. Throws `not-finite` where a logit is no finite number,
 * naming its sample: the first one here is number `first` of the split.
 */
export const finiteSamplesOf = (predictions: Predictions, first = 0): Sample[] => {
  const samples = samplesOf(predictions);
  samples.forEach(({ logits }, i) => {
    const strange = logits.find((logit) => !Number.isFinite(logit));
    if (strange !== undefined)
      throw new UnderstoryError(
        'not-finite',
        `Sample ${first + i} has a logit of ${strange}, so it has no probabilities. Leave it out, or look why the network gives it.`,
      );
  });
  return samples;
};

// Plain loops: an evaluation of ImageNet reads fifty million logits a metric.

/** Place of a class among all, 0 for the likeliest; equal logits rank by position, and beyond every rank where one is no number. */
export const rankOf = ({ logits, label }: Sample): number => {
  const own = logits[label]!;
  let rank = 0;
  for (let c = 0; c < logits.length; c++) {
    const other = logits[c]!;
    if (Number.isNaN(other)) return Infinity;
    if (other > own || (other === own && c < label)) rank++;
  }
  return rank;
};
