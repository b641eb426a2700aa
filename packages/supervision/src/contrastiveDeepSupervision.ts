import {
  findStream,
  HEAD,
  LOSS,
  OBJECTIVE,
  plugin,
  UnderstoryError,
  type BuildContext,
  type BuiltObjective,
  type ContrastiveLoss,
  type HeadFactory,
  type Named,
  type Objective,
  type StepContext,
  type Stream,
  type Term,
} from '@understory/core';
import { spec } from '@understory/core/zod';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import {
  checkContrast,
  contrastTerms,
  positiveTarget,
  type Contrast,
  type Contrasted,
  type Embedded,
} from './contrast.ts';
import { buildSources, embedderOf, type Source } from './sources.ts';
import { checkFactors, chooseTaps, deepSettings } from './taps.ts';
import { weightAt } from './weightAt.ts';

const NAME = 'contrastive-deep-supervision';

const Settings = z.strictObject({
  ...deepSettings(
    'multiplies each contrastive term, no unit; 0.1 in the official CIFAR and ImageNet training',
  ),
  lossFactor: z
    .number()
    .optional()
    .describe(
      "factor of the weight that belongs to the loss; the loss's own where nothing is said: 0.2 of vicreg, 5 / width of barlow-twins, 1 of others (ours)",
    ),
  includeFinal: z
    .boolean()
    .default(true)
    .describe('contrast the pooled feature too, as the official code does and the formula does not'),
  positives: z
    .string()
    .optional()
    .describe(
      "target that says which images belong together: equal classes, shared labels by their share, else an image's own views; the task's class or labels by default",
    ),
  streams: z
    .union([z.literal('all'), z.array(z.string()).min(1)])
    .default('all')
    .describe('streams to contrast, by name'),
  combine: z
    .enum(['separate', 'joint'])
    .default('separate')
    .describe(
      'several streams: a loss for each, or one over all rows in which unlabelled images match their own views',
    ),
});
export const ContrastiveDeepSupervisionOptions = Settings.extend({
  loss: spec
    .default(['supcon', { temperature: 0.07 }])
    .describe('contrastive loss, with the labels where a stream has them'),
  unlabelled: spec.optional().describe('contrastive loss of streams without labels, such as ntxent'),
  head: spec.default('sepconv').describe('projection head on each tap'),
  expander: spec
    .optional()
    .describe(
      'head behind each projection head and the pooled feature, for losses that look at lengths, as vicreg and barlow-twins do: "expander"',
    ),
});
export type ContrastiveDeepSupervisionOptions = z.input<typeof Settings> & {
  readonly loss: ContrastiveLoss;
  readonly unlabelled?: ContrastiveLoss | undefined;
  readonly head: HeadFactory;
  readonly expander?: HeadFactory | undefined;
};

const chooseStreams = (streams: readonly Stream[], names: 'all' | readonly string[]): readonly Stream[] =>
  (names === 'all' ? streams.map((s) => s.name) : names).map((stream) =>
    findStream(NAME, streams, { stream, views: 2, batch: 2 }),
  );

const checkJoint = (streams: readonly Stream[]): void => {
  const counts = streams.map((s) => `${s.name}: ${s.views}`);
  if (streams.every((s) => s.views === streams[0]!.views)) return;
  throw new UnderstoryError(
    'views-differ',
    `${NAME}: combine "joint" needs as many views in each stream (${counts.join(', ')}). Use "separate".`,
  );
};

/** Embeds a map: only the rows of its stream where there is one, all of the step's where there are several. */
const embedRows = (
  { rows }: StepContext,
  streams: readonly Stream[],
  map: Tensor,
  embed: (map: Tensor) => Tensor2D,
): Embedded => {
  if (streams.length === 1) {
    const made = embed(rows(map, { stream: streams[0]!.name }));
    return () => made;
  }
  const made = embed(map);
  return (stream, view) => rows(made, view === undefined ? { stream } : { stream, view });
};

const termsOf = (
  step: StepContext,
  streams: readonly Stream[],
  sources: Named<Source>,
  contrast: Contrast,
): Record<string, Contrasted> =>
  Object.fromEntries(
    Object.entries(sources).flatMap(([name, source]) => {
      const embedded = embedRows(step, streams, source.mapOf(step), embedderOf(source, step));
      const parts = contrastTerms(step, streams, embedded, contrast);
      return Object.entries(parts).map(([suffix, value]) => [name + suffix, value] as const);
    }),
  );

type Parts = Pick<ContrastiveDeepSupervisionOptions, 'loss' | 'unlabelled' | 'head' | 'expander'>;

const build = (context: BuildContext, parts: Parts, settings: z.output<typeof Settings>): BuiltObjective => {
  const { backbone, streams, targets } = context;
  const { loss, unlabelled } = parts;
  const chosen = chooseStreams(streams, settings.streams);
  const combine = chosen.length === 1 ? 'separate' : settings.combine;
  const target = positiveTarget(NAME, targets, settings.positives);
  checkContrast(NAME, chosen, { loss, unlabelled, combine, target });
  if (combine === 'joint') checkJoint(chosen);
  const taps = chooseTaps(NAME, backbone, settings.taps);
  const names = taps.map((t) => t.name);
  checkFactors(NAME, settings.perTap, [...names, 'final']);
  const { includeFinal, lossFactor, schedule } = settings;
  const { sources, modules } = buildSources(context, parts, { taps, includeFinal });
  const contrast = { loss, unlabelled, combine, target } as const;
  const weightOf = (term: string, factor: number, step: StepContext): Term['weight'] => {
    const ofTap = settings.weight * (settings.perTap[term.split('/')[0]!] ?? 1);
    return weightAt(ofTap * (lossFactor ?? factor), schedule, step.epoch);
  };
  return {
    modules,
    rows: 'own', // heads see their worker's rows; embeddings are gathered
    embeds: Object.fromEntries(names.map((name) => [name, name])),
    terms(step) {
      const now = chosen.map(({ name }) => step.streams.find((s) => s.name === name)!);
      const values = Object.entries(termsOf(step, now, sources, contrast));
      return {
        terms: Object.fromEntries(
          values.map(([name, { value, factor }]) => [name, { value, weight: weightOf(name, factor, step) }]),
        ),
      };
    },
  };
};

/**
 * Contrastive Deep Supervision (Zhang et al. 2022): a projection head on each tap, whose embeddings are contrasted over
 * the views of a batch; beside it `crossEntropy` trains the last layer. With a loss of views alone (`ntxent`, `vicreg`,
 * `barlow-twins`) it is self-supervision on every tap. Terms: one a tap by its name, and `final`; with several streams those
 * of the second and later ones carry the stream's name (`stage1/unlabelled`).
 */
export const contrastiveDeepSupervision = ({
  loss,
  unlabelled,
  head,
  expander,
  ...options
}: ContrastiveDeepSupervisionOptions): Objective => {
  const settings = Settings.parse(options);
  const viewStreams = settings.streams === 'all' ? {} : { viewStreams: settings.streams };
  const parts = { loss, unlabelled, head, expander };
  return { name: NAME, views: 2, ...viewStreams, build: (context) => build(context, parts, settings) };
};

export const contrastiveDeepSupervisionPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Contrastive losses on projection heads of intermediate stages',
  when: 'You train a classifier and want more accuracy at no cost at inference; with unlabelled images give a loss of views.',
  source: 'Zhang et al., ECCV 2022, and its released code',
  options: ContrastiveDeepSupervisionOptions,
  uses: { loss: LOSS, unlabelled: LOSS, head: HEAD, expander: HEAD },
  create: contrastiveDeepSupervision,
});
