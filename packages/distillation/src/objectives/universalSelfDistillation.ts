import {
  classLabels,
  classLogits,
  crossEntropyLoss,
  findStream,
  OBJECTIVE,
  plugin,
  requireClasses,
  runModule,
  UnderstoryError,
  type BuildContext,
  type BuiltObjective,
  type Objective,
} from '@understory/core';
import { weight } from '@understory/core/zod';
import { mean } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { classRanks, rankedOthersLoss, smoothedTargetLoss } from '../losses/rankedLabels.ts';
import { linearModule } from './linearModule.ts';
import { selection } from './settings.ts';

const NAME = 'universal-self-distillation';

/** Share of the weak head's target that is spread over all classes. */
const SMOOTHING = 0.1;

export const UniversalSelfDistillationOptions = z.strictObject({
  targetWeight: weight(0.1, 'the part of the own class, α; 1 on ImageNet'),
  othersWeight: weight(0.1, 'the part of the other classes, β'),
  weakWeight: weight(0.1, "the weak head's cross-entropy, μ; 0.005 on ImageNet"),
  rankBy: z
    .enum(['log-probability', 'probability'])
    .default('log-probability')
    .describe(
      'what ranks the other classes beside the weak head: log-probabilities, as the released code does, or probabilities, which were probably meant',
    ),
  view: z.int().min(0).default(0).describe('view that is looked at, counted from 0'),
  stream: selection.stream,
});
export type UniversalSelfDistillationOptions = z.input<typeof UniversalSelfDistillationOptions>;
type Settings = z.output<typeof UniversalSelfDistillationOptions>;

/** The last tap but one, which the weak head reads. */
const weakTap = ({ name, taps }: BuildContext['backbone']): number => {
  if (taps.length > 1) return taps.length - 2;
  throw new UnderstoryError(
    'no-taps',
    `${NAME}: "${name}" has no stage before its last one. Choose a backbone with more taps.`,
  );
};

const build = (context: BuildContext, settings: Settings): BuiltObjective => {
  const { backbone, streams, seed } = context;
  const { view, rankBy } = settings;
  const needs = { stream: settings.stream, views: view + 1, labelled: true };
  const { name: stream } = findStream(NAME, streams, needs);
  requireClasses(NAME, context, { labels: true, logits: true });
  const at = weakTap(backbone);
  const from = backbone.taps[at]!.channels;
  const weak = linearModule({ name: 'weak', from, widths: [backbone.classes], seed: seed.at('weak') });
  return {
    modules: { weak },
    terms(step) {
      const labels = classLabels(step, stream);
      const logits = step.rows(classLogits(step), { stream, view });
      const pooled = mean(step.rows(step.taps[at]!, { stream, view }), [1, 2]); // [B, c]
      const weakLogits = runModule(weak, pooled, step.call);
      const ranks = classRanks(logits, weakLogits, labels, rankBy);
      return {
        terms: {
          target: { value: smoothedTargetLoss(logits, labels), weight: settings.targetWeight },
          others: { value: rankedOthersLoss(logits, ranks, labels), weight: settings.othersWeight },
          weak: { value: crossEntropyLoss(weakLogits, labels, SMOOTHING), weight: settings.weakWeight },
        },
      };
    },
  };
};

/**
 * USKD (Yang et al. 2023): soft labels without a teacher. The own class's is the network's own probability, squared and
 * brought to a mean of 1; the others' fall by Zipf's law, in the order in which the network and a weak head on the last
 * stage but one put them. `crossEntropy` beside it trains the task. Terms: `target`, `others`, `weak`.
 */
export const universalSelfDistillation = (options: UniversalSelfDistillationOptions = {}): Objective => {
  const settings = UniversalSelfDistillationOptions.parse(options);
  return { name: NAME, views: settings.view + 1, build: (context) => build(context, settings) };
};

export const universalSelfDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'USKD: soft labels that the network makes for itself',
  when: 'You classify and have no teacher; it costs one linear layer.',
  source:
    'Yang et al., ICCV 2023, released code. Ranking by probabilities is our reading of what was meant; equal ones by class is ours',
  options: UniversalSelfDistillationOptions,
  create: universalSelfDistillation,
});
