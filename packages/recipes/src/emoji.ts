import { cifarViews } from '@understory/augmentations';
import type { ExperimentInput } from '@understory/config';

/**
 * The main job, `understory start`: one small network, three ways to supervise it, on 3,812 drawings of emoji in nine
 * categories. Same seed, same epochs, same first view. About two minutes each on two cores.
 */
const shared = {
  dataset: 'emoji',
  backbone: ['resnet18', { width: 0.25 }],
  batch: 64,
  lastBatch: 'drop',
  epochs: 10,
  optimizer: ['sgd', { momentum: 0.9, weightDecay: 5e-4 }],
  schedule: ['cosine', { rate: 0.05, warmupEpochs: 1 }],
} as const satisfies ExperimentInput;

export interface Method {
  /** For tables and pictures. */
  readonly label: string;
  readonly config: ExperimentInput;
}

// The official CIFAR views without the cutout, which costs more than it gives in so few epochs.
const [first, second] = cifarViews().map((view) => view.filter((op) => op[0] !== 'cutout'));

const method = (
  label: string,
  name: string,
  extra: NonNullable<ExperimentInput['objectives']>,
  views: NonNullable<ExperimentInput['views']> = [[...first!]],
): Method => ({
  label,
  config: { ...shared, name, views, objectives: ['cross-entropy', ...extra] },
});

/** Baseline, deep supervision with classifiers (DSN), and Contrastive Deep Supervision. */
export const emojiMethods: readonly Method[] = [
  method('baseline', 'emoji-baseline', []),
  method('deep supervision', 'emoji-dsn', ['deeply-supervised-nets']),
  method(
    'contrastive deep supervision',
    'emoji-cds',
    ['contrastive-deep-supervision'],
    [[...first!], [...second!]],
  ),
];
