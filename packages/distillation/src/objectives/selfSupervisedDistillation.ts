import {
  OBJECTIVE,
  plugin,
  runModule,
  untracked,
  variablesOf,
  type Objective,
  type StepContext,
  type Term,
  classLabels,
  classLogits,
} from '@understory/core';
import { standardized, weight } from '@understory/core/zod';
import {
  add,
  cast,
  greaterEqual,
  less,
  mul,
  range,
  tidy,
  tile,
  where,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { distillationKl } from '../losses/logits.ts';
import { pretextLoss, relatedness, selectiveKl } from '../losses/selfSupervision.ts';
import { linearModule } from './linearModule.ts';
import { requireSameClasses, selection, teacher } from './settings.ts';
import { plainAndTurned } from './turnedRows.ts';
import { withTeacher, type MethodContext, type TaughtStep, type Method } from './withTeacher.ts';

const NAME = 'self-supervised-distillation';

const share = (value: number, what: string): z.ZodDefault<z.ZodNumber> =>
  z
    .number()
    .min(0)
    .max(1)
    .default(value)
    .describe(`part of the rows that the teacher gets wrong ${what}, 0 to 1`);

export const SelfSupervisedDistillationOptions = z.strictObject({
  teacher,
  klWeight: weight(0.9, 'the KL divergence on plain images'),
  transferWeight: weight(2.7, 'the KL divergence on augmented images'),
  pretextWeight: weight(10, 'the KL divergence of the relations between images'),
  temperature: z.number().positive().default(4).describe('divides the logits, no unit'),
  pretextTemperature: z.number().positive().default(0.5).describe('divides the cosines, no unit'),
  transferShare: share(1, 'that are transferred all the same'),
  pretextShare: share(0.75, 'whose relations are transferred all the same'),
  headEpochs: z
    .number()
    .min(0)
    .default(60)
    .describe(
      "epochs in which the teacher's head is trained; from then on it is frozen and its relations are transferred",
    ),
  ...standardized,
  stream: selection.stream,
});
export type SelfSupervisedDistillationOptions = z.input<typeof SelfSupervisedDistillationOptions>;
type Settings = z.output<typeof SelfSupervisedDistillationOptions>;

interface Heads {
  readonly student: LayersModel;
  readonly teacher: LayersModel;
  /** The teacher's head as it was when its training ended. */
  readonly frozen: LayersModel;
}

/** Weights of the trained head, and of the frozen one. */
const pairs = ({
  teacher: from,
  frozen: to,
}: Pick<Heads, 'teacher' | 'frozen'>): (readonly [Variable, Variable])[] => {
  const target = Object.values(variablesOf(to, ''));
  return Object.values(variablesOf(from, '')).map((v, i) => [v, target[i]!]);
};

const buildHeads = ({ context: { backbone, seed }, teacher: network }: MethodContext): Heads => {
  const head = (name: string, width: number): LayersModel =>
    linearModule({ name, from: width, widths: [width, width], seed: seed.at(name) });
  const heads = {
    student: head('student-head', backbone.features),
    teacher: head('teacher-head', network.backbone.features),
    frozen: head('frozen-head', network.backbone.features),
  };
  tidy(() => {
    for (const [from, to] of pairs(heads)) to.assign(add(from, 0));
  });
  return heads;
};

/** Keeps the frozen head equal to the trained one until its epochs are over. */
const freeze = (heads: Heads, { epoch }: StepContext, epochs: number): void =>
  tidy(() => {
    const training = less(epoch, epochs);
    for (const [now, frozen] of pairs(heads)) frozen.assign(where(training, now, frozen));
  });

const termsOf = (seen: TaughtStep, heads: Heads, settings: Settings): Record<string, Term> => {
  const { student: s, teacher: t, step, stream } = seen;
  const labels = classLabels(step, stream);
  const { batch } = step.streams.find(({ name }) => name === stream)!;
  const own = classLogits(s);
  const others = own.shape[0] / batch - 1;
  const [plain, augmented] = plainAndTurned(own, batch);
  const [plainT, augmentedT] = plainAndTurned(classLogits(t), batch);
  const places: Tensor1D = tile(range(0, batch, 1, 'int32'), [others]);
  const project = (head: LayersModel, x: Tensor2D): readonly [Tensor2D, Tensor2D] =>
    plainAndTurned(runModule(head, x, step.call), batch);
  const [z, zA] = project(heads.student, s.pooled);
  const [zT, zTA] = project(heads.teacher, t.pooled);
  const [relations] = untracked((): [Tensor2D] => {
    const [y, yA] = project(heads.frozen, t.pooled);
    return [relatedness(yA, y)];
  });
  const taught = selectiveKl({ temperature: settings.temperature, share: settings.transferShare });
  const related = selectiveKl({ temperature: settings.pretextTemperature, share: settings.pretextShare });
  const ready: Scalar = cast(greaterEqual(step.epoch, settings.headEpochs), 'float32');
  const training: Scalar = cast(less(step.epoch, settings.headEpochs), 'float32');
  const kl = distillationKl(settings);
  return {
    kl: { value: kl(plain, plainT), weight: settings.klWeight },
    transfer: {
      value: taught(augmented, augmentedT, tile(labels, [others])),
      weight: settings.transferWeight,
    },
    pretext: {
      value: related(relatedness(zA, z), relations, places),
      weight: mul(ready, settings.pretextWeight),
    },
    'teacher-head': { value: pretextLoss(zTA, zT, places), weight: training },
  };
};

const methodOf = (given: MethodContext, settings: Settings): Method => {
  requireSameClasses(NAME, given.context, given.teacher);
  const heads = buildHeads(given);
  return {
    modules: { 'student-head': heads.student, 'teacher-head': heads.teacher },
    state: variablesOf(heads.frozen, 'frozen-head'),
    terms: (seen) => ({ terms: termsOf(seen, heads, settings) }),
    update: (step) => freeze(heads, step, settings.headEpochs),
  };
};

/**
 * SSKD (Xu et al. 2020): the student learns the teacher's probabilities on plain and augmented images, and how augmented
 * images relate to plain ones in the teacher's eyes. The first view is the plain one; the paper's four are rotations by
 * 0, 90, 180 and 270°. Use `crossEntropy` with weight 0.1 beside it. Terms: `kl`, `transfer`, `pretext`, `teacher-head`.
 *
 * The authors train the teacher's head before the student. Here it is trained beside it during `headEpochs`, on constant
 * features, and then frozen; the student learns from the other terms meanwhile, and from the head's relations afterwards.
 */
export const selfSupervisedDistillation = (options: SelfSupervisedDistillationOptions = {}): Objective => {
  const settings = SelfSupervisedDistillationOptions.parse(options);
  const { teacher: source, stream, standardize } = settings;
  const needs = { view: 'all', views: 2, batch: 2, labelled: true } as const;
  const objective = withTeacher({ name: NAME, teacher: source, stream, standardize, ...needs }, (given) =>
    methodOf(given, settings),
  );
  return { ...objective, views: 4, viewSet: 'sskd', ...(stream !== undefined && { viewStreams: [stream] }) };
};

export const selfSupervisedDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'SSKD: probabilities and relations between plain and augmented images',
  when: 'You can afford four views of each image.',
  source: 'Xu et al., ECCV 2020',
  options: SelfSupervisedDistillationOptions,
  create: selfSupervisedDistillation,
});
