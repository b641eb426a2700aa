import { cifarViews } from '@understory/augmentations';
import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { objectivesOf, SUPERVISION, type Method } from './tables/methods.ts';
import { trialsOf, tunedTable, WEIGHTS, type ChosenWeights, type Protocol } from './tables/weights.ts';
import type { Table } from './tables/table.ts';

/** Passes over the drawings. */
export const EMOJI_EPOCHS = 10;

/** Of the report that compares the methods. */
export const EMOJI_TITLE = 'Emoji: one network, three ways to supervise it';

/** One small network on 3,812 drawings of emoji in nine categories. Same seed, same epochs, same first view for every method. */
const shared = {
  dataset: 'emoji',
  backbone: ['resnet18', { width: 0.25 }],
  batch: 64,
  lastBatch: 'drop',
  epochs: EMOJI_EPOCHS,
  optimizer: ['sgd', { momentum: 0.9, weightDecay: 5e-4 }],
  schedule: ['cosine', { rate: 0.05, warmupEpochs: 1 }],
} as const satisfies ExperimentInput;

// The official CIFAR views without the cutout, which costs more than it gives in so few epochs.
const VIEWS = cifarViews().map((view) => view.filter(([name]) => name !== 'cutout'));

const configAt = (method: Method, weight?: number): ExperimentInput => ({
  ...shared,
  views: VIEWS.slice(0, method.views ?? 1).map((view) => [...view]),
  objectives: objectivesOf(method, weight),
});

const LABELS: Readonly<Record<string, string>> = {
  baseline: 'baseline',
  dsn: 'deep supervision',
  cds: 'contrastive deep supervision',
};

const protocolOn = (dataset: Spec): Protocol<Method> => ({
  name: 'emoji',
  title: `Emoji, resnet18 at width ${shared.backbone[1].width}, ${shared.epochs} epochs`,
  methods: SUPERVISION.filter(({ key }) => key in LABELS),
  ...{ reference: 'baseline', trials: WEIGHTS },
  at: (method, weight) => ({ config: { ...configAt(method, weight), dataset } }),
});

/** Weights of the methods' own terms, chosen on validation images alone (`results/README.md`). */
export const EMOJI_WEIGHTS: ChosenWeights = { dsn: 1, cds: 0.6 };

/** Which weight each method takes: three seeds of which each holds out other emoji, a fifth of those to train on. */
export const emojiTrials = (): Table => trialsOf(protocolOn(['emoji', { validation: 0.2 }]), 3);

/** The methods of the main job on fresh seeds. */
export const emojiTable = (): Table =>
  tunedTable(protocolOn(shared.dataset), {
    weights: EMOJI_WEIGHTS,
    ...{ contender: 'cds', seeds: 5, firstSeed: 3 },
  });

export interface EmojiMethod {
  /** For tables and pictures. */
  readonly label: string;
  readonly config: ExperimentInput;
}

/** The main job, `understory start`: baseline, deep supervision with classifiers (DSN), and Contrastive Deep Supervision. */
export const emojiMethods: readonly EmojiMethod[] = SUPERVISION.flatMap((method) => {
  const { key } = method;
  const label = LABELS[key];
  return label === undefined
    ? []
    : [{ label, config: { ...configAt(method, EMOJI_WEIGHTS[key]), name: `emoji-${key}` } }];
});
