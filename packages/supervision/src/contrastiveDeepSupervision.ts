import {
  findStream,
  HEAD,
  LOSS,
  OBJECTIVE,
  plugin,
  runModule,
  UnderstoryError,
  type BuildContext,
  type BuiltObjective,
  type ContrastiveLoss,
  type HeadFactory,
  type Objective,
  type StepContext,
  type Stream,
  type Term,
} from '@understory/core';
import { spec } from '@understory/core/zod';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { checkContrast, contrastTerms, positiveTarget, type Contrast, type Embedded } from './contrast.ts';
import { buildHeads, checkFactors, chooseTaps, tapNames } from './taps.ts';
import { weightAt, weightPoints } from './weightAt.ts';

const NAME = 'contrastive-deep-supervision';

const Settings = z.strictObject({
  weight: z
    .number()
    .default(0.1)
    .describe('multiplies each contrastive term, no unit; 0.1 in the official CIFAR and ImageNet training'),
  schedule: weightPoints.optional(),
  perTap: z
    .record(z.string(), z.number())
    .default({})
    .describe('factor of the weight by tap name, or "final"; 1 where nothing is said'),
  taps: tapNames,
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
});
export type ContrastiveDeepSupervisionOptions = z.input<typeof Settings> & {
  readonly loss: ContrastiveLoss;
  readonly unlabelled?: ContrastiveLoss | undefined;
  readonly head: HeadFactory;
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

/** What is contrasted, by the term's name: the map or vector, and the head that embeds it. */
type Sources = Readonly<Record<string, (step: StepContext) => readonly [map: Tensor, head?: LayersModel]>>;

const termsOf = (
  step: StepContext,
  streams: readonly Stream[],
  sources: Sources,
  contrast: Contrast & { readonly classes: number },
): Record<string, Scalar> =>
  Object.fromEntries(
    Object.entries(sources).flatMap(([name, source]) => {
      const [map, head] = source(step);
      const embed = (x: Tensor): Tensor2D => (head ? runModule(head, x, step.call) : (x as Tensor2D));
      const embedded = embedRows(step, streams, map, embed);
      const parts = contrastTerms(step, streams, { embedded, classes: contrast.classes }, contrast);
      return Object.entries(parts).map(([suffix, value]) => [name + suffix, value] as const);
    }),
  );

type Parts = Pick<ContrastiveDeepSupervisionOptions, 'loss' | 'unlabelled' | 'head'>;

const build = (
  { backbone, streams, seed, targets, classNames }: BuildContext,
  { loss, unlabelled, head }: Parts,
  settings: z.output<typeof Settings>,
): BuiltObjective => {
  const chosen = chooseStreams(streams, settings.streams);
  const combine = chosen.length === 1 ? 'separate' : settings.combine;
  const target = positiveTarget(NAME, targets, settings.positives);
  checkContrast(NAME, chosen, { loss, unlabelled, combine, target });
  if (combine === 'joint') checkJoint(chosen);
  const taps = chooseTaps(NAME, backbone, settings.taps);
  const names = taps.map((t) => t.name);
  checkFactors(NAME, settings.perTap, [...names, 'final']);
  const modules = buildHeads(backbone, taps, head, seed);
  const sources: Sources = {
    ...Object.fromEntries(
      taps.map((t) => [t.name, (step: StepContext) => [step.taps[t.index]!, modules[t.name]]]),
    ),
    ...(settings.includeFinal ? { final: (step: StepContext) => [step.pooled] } : {}),
  };
  const classes = classNames?.length ?? backbone.classes;
  const contrast = { loss, unlabelled, combine, target, classes } as const;
  const weightOf = (term: string, step: StepContext): Term['weight'] =>
    weightAt(settings.weight * (settings.perTap[term.split('/')[0]!] ?? 1), settings.schedule, step.epoch);
  return {
    modules,
    embeds: Object.fromEntries(names.map((name) => [name, name])),
    terms(step) {
      const now = chosen.map(({ name }) => step.streams.find((s) => s.name === name)!);
      const values = Object.entries(termsOf(step, now, sources, contrast));
      return {
        terms: Object.fromEntries(
          values.map(([name, value]) => [name, { value, weight: weightOf(name, step) }]),
        ),
      };
    },
  };
};

/**
 * Contrastive Deep Supervision (Zhang et al. 2022): a projection head on each tap, whose embeddings are contrasted over
 * the views of a batch; beside it `crossEntropy` trains the last layer. Terms: one a tap by its name, and `final`; with
 * several streams those of the second and later ones carry the stream's name (`stage1/unlabelled`).
 */
export const contrastiveDeepSupervision = ({
  loss,
  unlabelled,
  head,
  ...options
}: ContrastiveDeepSupervisionOptions): Objective => {
  const settings = Settings.parse(options);
  const viewStreams = settings.streams === 'all' ? {} : { viewStreams: settings.streams };
  const parts = { loss, unlabelled, head };
  return { name: NAME, views: 2, ...viewStreams, build: (context) => build(context, parts, settings) };
};

export const contrastiveDeepSupervisionPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Contrastive losses on projection heads of intermediate stages',
  when: 'You train a classifier and want more accuracy at no cost at inference; with unlabelled images give a loss of views.',
  source: 'Zhang et al., ECCV 2022, and its released code',
  options: ContrastiveDeepSupervisionOptions,
  uses: { loss: LOSS, unlabelled: LOSS, head: HEAD },
  create: contrastiveDeepSupervision,
});
