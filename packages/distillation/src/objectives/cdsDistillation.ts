import {
  OBJECTIVE,
  plugin,
  runModule,
  UnderstoryError,
  untracked,
  type Backbone,
  type BuiltObjective,
  type CallArgs,
  type Network,
  type Objective,
  type Seed,
  type Term,
  classLogits,
  type Named,
} from '@understory/core';
import { spec, standardized, streamName, weight } from '@understory/core/zod';
import { slice, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { meanSquaredDistance, wholeDistance } from '../losses/featureDistance.ts';
import { distillationKl, softCrossEntropy } from '../losses/logits.ts';
import { unitVectors } from '../losses/rows.ts';
import { linearModule } from './linearModule.ts';
import { requireSameClasses, teacher } from './settings.ts';
import { withTeacher, type MethodContext, type TaughtStep, type Method } from './withTeacher.ts';

const NAME = 'cds-distillation';

const Settings = z.strictObject({
  teacher,
  featureWeight: weight(0.1, "each stage's distance; 0.1 in the official CIFAR code, 0.5 on ImageNet"),
  logitWeight: weight(1, 'the term of the logits'),
  distance: z
    .enum(['norm', 'mean-squared'])
    .default('norm')
    .describe(
      'the norm of the whole difference, as released, or the mean of squared distances, as in the paper',
    ),
  logits: z
    .enum(['soft-cross-entropy', 'kl'])
    .default('soft-cross-entropy')
    .describe('soft cross-entropy without T², as released, or T² · KL'),
  temperature: z
    .number()
    .positive()
    .default(3)
    .describe('divides the logits, no unit; 3 in the official CIFAR code, 1 on ImageNet'),
  teacherMode: z
    .enum(['batch', 'eval'])
    .default('batch')
    .describe("statistics of the teacher's batch norm: the batch's, as released, or its running averages"),
  adapters: z
    .enum(['where-needed', 'always'])
    .default('where-needed')
    .describe("linear layers from the student's embeddings to the teacher's width"),
  ...standardized,
  stream: streamName(),
});
export const CdsDistillationOptions = Settings.extend({
  supervision: spec
    .default('contrastive-deep-supervision')
    .describe("the student's own contrastive deep supervision, whose heads are compared with the teacher's"),
});
export type CdsDistillationOptions = z.input<typeof Settings> & { readonly supervision: Objective };
type Parsed = z.output<typeof Settings>;

type Head = readonly [index: number, name: string, head: LayersModel];

/** The taps of a network that have a projection head, shallow to deep. */
const headsOf = ({ taps }: Backbone, modules: Named<LayersModel>, embeds: Named<string>): readonly Head[] =>
  taps.flatMap(({ name }, i) => {
    const head = Object.entries(modules).find(([module]) => embeds[module] === name)?.[1];
    return head ? [[i, name, head] as const] : [];
  });

const teacherHeads = ({ backbone, modules, embeds = {} }: Network): readonly Head[] => {
  const heads = headsOf(backbone, modules, embeds);
  if (heads.length > 0) return heads;
  const cure =
    'Train the teacher with "contrastive-deep-supervision" and give its run folder, or give a weights file that holds its heads.';
  const lack = `the teacher "${backbone.name}" has no projection heads.`;
  throw new UnderstoryError('teacher-heads', `${NAME}: ${lack} ${cure}`);
};

const widthOf = (head: LayersModel): number => head.outputs[0]!.shape.at(-1)!;

const embed = (head: LayersModel, map: Tensor, call: CallArgs): Tensor2D =>
  unitVectors(runModule(head, map, call));

/** A feature that both networks have: its name in terms, both widths, and both unit embeddings in a step. */
interface Feature {
  readonly name: string;
  readonly widths: readonly [student: number, teacher: number];
  readonly embeddings: (seen: TaughtStep) => readonly [student: Tensor2D, teacher: Tensor2D];
}

/** Stages paired from the deepest on, and the pooled feature. */
const featuresOf = (
  student: Backbone,
  own: readonly Head[],
  given: Network,
  others: readonly Head[],
): Feature[] => {
  const count = Math.min(own.length, others.length);
  const stages = Array.from({ length: count }, (_, i): Feature => {
    const [s, name, head] = own[own.length - count + i]!;
    const [t, , otherHead] = others[others.length - count + i]!;
    return {
      name,
      widths: [widthOf(head), widthOf(otherHead)],
      embeddings: (seen) => [
        // `supervision` runs this head too, and moves its averages.
        embed(head, seen.student.taps[s]!, { ...seen.step.call, keepStatistics: true }),
        untracked((): [Tensor2D] => [embed(otherHead, seen.teacher.taps[t]!, seen.teacherCall)])[0],
      ],
    };
  });
  const final: Feature = {
    name: 'final',
    widths: [student.features, given.backbone.features],
    embeddings: (seen) => [unitVectors(seen.student.pooled), unitVectors(seen.teacher.pooled)],
  };
  return [...stages, final];
};

const adaptersFor = (
  features: readonly Feature[],
  { adapters }: Parsed,
  seed: Seed,
): Record<string, LayersModel> =>
  Object.fromEntries(
    features.flatMap(({ name, widths: [from, to] }) => {
      if (from === to && adapters === 'where-needed') return [];
      const at = `adapter-${name}`;
      return [[at, linearModule({ name: at, from, widths: [to], seed: seed.at(at) })] as const];
    }),
  );

/** The first view's rows of both networks' logits. */
const firstView = ({ student, teacher: t, step, stream }: TaughtStep): readonly [Tensor2D, Tensor2D] => {
  const { batch } = step.streams.find((s) => s.name === stream)!;
  return [slice(classLogits(student), 0, batch), slice(classLogits(t), 0, batch)];
};

const methodOf = (given: MethodContext, built: BuiltObjective, settings: Parsed): Method => {
  const { context, teacher: network } = given;
  requireSameClasses(NAME, context, network);
  const own = headsOf(context.backbone, built.modules, built.embeds ?? {});
  const features = featuresOf(context.backbone, own, network, teacherHeads(network));
  const adapters = adaptersFor(features, settings, context.seed);
  const distance = settings.distance === 'norm' ? wholeDistance : meanSquaredDistance;
  const compare = settings.logits === 'kl' ? distillationKl(settings) : softCrossEntropy(settings);
  return {
    ...built,
    modules: { ...built.modules, ...adapters },
    terms(seen) {
      const distances = features.map(({ name, embeddings }) => {
        const [s, t] = embeddings(seen);
        const adapter = adapters[`adapter-${name}`];
        const value = distance(adapter ? runModule(adapter, s, seen.step.call) : s, t);
        return [`distance/${name}`, { value, weight: settings.featureWeight }] as const;
      });
      const logits: Term = { value: compare(...firstView(seen)), weight: settings.logitWeight };
      const own = built.terms(seen.step);
      return { ...own, terms: { ...own.terms, ...Object.fromEntries(distances), logits } };
    },
  };
};

/**
 * Contrastive Deep Supervision as a distiller (Zhang et al. 2022): besides its own contrastive terms the student brings
 * each stage's embedding near the teacher's, which was trained with heads too, and learns its probabilities. Terms: those
 * of `supervision`; `distance/stage1`, …, `distance/final`; `logits`. `crossEntropy` beside it trains the task.
 */
export const cdsDistillation = ({ supervision, ...options }: CdsDistillationOptions): Objective => {
  const settings = Settings.parse(options);
  const { teacher: source, stream, teacherMode, standardize } = settings;
  const views = supervision.views ?? 1;
  const needs = {
    name: NAME,
    teacher: source,
    stream,
    teacherMode,
    standardize,
    view: 'all',
    views,
  } as const;
  return withTeacher(needs, async (given) =>
    methodOf(given, await supervision.build(given.context), settings),
  );
};

export const cdsDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "CDS as a distiller: the teacher's embeddings of each stage, and its logits",
  when: 'The teacher was trained with contrastive deep supervision.',
  source: 'Zhang et al., ECCV 2022, and its released code',
  options: CdsDistillationOptions,
  uses: { supervision: OBJECTIVE },
  create: cdsDistillation,
});
