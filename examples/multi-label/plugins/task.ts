import { activation, plugin, TASK, UnderstoryError, type Samples, type Task } from '@understory/core';
import { z } from 'zod';

/** The target that this folder's plugins share. */
export const LABELS_TARGET = 'labels';

const MultiLabelOptions = z.strictObject({
  threshold: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.5)
    .describe('probability from which an image is said to have a label'),
});

const checkWidth = (classes: readonly string[], { targets }: Samples): void => {
  const width = targets[LABELS_TARGET]?.shape.join();
  if (width === undefined || width === String(classes.length)) return;
  throw new UnderstoryError(
    'bad-shape',
    `Task "multi-label": the target "labels" is of [${width}] numbers an image, and the dataset names ${classes.length} ` +
      'labels as its "classes". Give one number for each.',
  );
};

/** Which of several labels an image has: the backbone's classifier with a sigmoid for each label. */
export const multiLabel = ({ threshold }: z.output<typeof MultiLabelOptions>): Task => ({
  name: 'multi-label',
  objectives: ['binary-cross-entropy', 'contrastive-deep-supervision'],
  metrics: ['mean-average-precision', ['f1', { threshold }]],
  targets: { [LABELS_TARGET]: 'labels' },
  check({ classes, train, validation, test }) {
    [train, validation, test].forEach((samples) => checkWidth(classes, samples));
  },
  activate: ({ logits }) => ({ probabilities: activation('probabilities', 'sigmoid', logits!) }),
  decode({ probabilities }, { classes }) {
    const labels = classes.map((name, c) => ({ class: name, probability: probabilities!.data[c]! }));
    const chosen = labels.filter(({ probability }) => probability >= threshold);
    return { kind: 'labels', labels, chosen: chosen.map((label) => label.class) };
  },
});

export const multiLabelPlugin = plugin({
  token: TASK,
  name: 'multi-label',
  summary: 'Several labels an image, or none: the classifier of the backbone, a sigmoid each',
  options: MultiLabelOptions,
  create: multiLabel,
});
