import { tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type {
  BuildContext,
  CallArgs,
  Forward,
  Network,
  StepContext,
  TeacherSource,
} from '../contracts/objective.ts';
import type { Backbone } from '../contracts/backbone.ts';
import { UnderstoryError } from '../errors.ts';
import { shareAtStep, stayingShare } from '../ops/movingAverage.ts';
import { untracked } from '../ops/stopGradient.ts';
import { disposeModel, variablesOf, type NamedVariables } from '../training/network.ts';
import { forward, listed, unlisted } from '../training/forward.ts';
import { copyToAverages, moveAverages, pairVariables } from '../training/variables.ts';

/** A teacher, and for an average of the student what keeps it up to date. */
export interface Teacher {
  readonly network: Network;
  /** What checkpoints must hold of it, by name: nothing where it was loaded. */
  readonly state: NamedVariables;
  readonly update?: (context: StepContext) => void;
  readonly dispose: () => void;
}

type Kept = Pick<Network, 'backbone' | 'head'>;

/** What two networks keep at inference, model by model. */
const modelPairs = (a: Kept, b: Kept): (readonly [LayersModel, LayersModel])[] => [
  [a.backbone.model, b.backbone.model],
  ...(a.head && b.head ? [[a.head.model, b.head.model] as const] : []),
];

/**
 * t ← d·t + (1 − d)·s of all trained weights with d = min(decay, 1 − 1/(k + 1)) after update k, so that the average does
 * not remember the first weights; batch norm's running averages are copied (Tarvainen & Valpola 2017).
 */
const averageWeights = (student: Kept, average: Kept, decay: number, step: StepContext): void =>
  tidy(() => {
    const share = shareAtStep(step, (updates) => stayingShare(decay, updates));
    for (const [from, to] of modelPairs(student, average)) {
      moveAverages(pairVariables(from, to, true), share);
      copyToAverages(pairVariables(from, to, false));
    }
  });

const averageOf = (objective: string, context: BuildContext, decay: number): Teacher => {
  if (!context.twin) {
    const why = `${objective}: this trainer cannot keep an average of the student.`;
    throw new UnderstoryError('missing-teacher', `${why} Name a run: { "run": "runs/…" }.`);
  }
  const { backbone, head } = context;
  const twin = context.twin();
  return {
    network: { ...twin, modules: {} },
    state: {
      ...variablesOf(twin.backbone.model, 'teacher'),
      ...(twin.head && variablesOf(twin.head.model, 'teacher-task')),
    },
    update: (step) => averageWeights({ backbone, head }, twin, decay, step),
    dispose: () => undefined, // its weights are state
  };
};

const sizeOf = ({ model }: Backbone): readonly (number | null)[] => model.inputs[0]!.shape.slice(1, 3);

const load = async (
  objective: string,
  context: BuildContext,
  source: Exclude<TeacherSource, { ema: number }>,
): Promise<Teacher> => {
  const network = await context.teacher(source);
  const [own, other] = [context.size, sizeOf(network.backbone)];
  if (other.some((n, i) => n !== null && n !== own[i])) {
    const name = 'run' in source ? source.run : source.weights;
    const sizes = `images of ${other.join('×')}, the student of ${own.join('×')}`;
    throw new UnderstoryError('teacher-size', `${objective}: the teacher "${name}" sees ${sizes}.`);
  }
  const { backbone, head, modules } = network;
  const models = [backbone.model, ...(head ? [head.model] : []), ...Object.values(modules)];
  return { network, state: {}, dispose: () => models.forEach(disposeModel) };
};

/** The teacher that an objective's options name. Throws where there is none, or where it sees images of another size. */
export const findTeacher = (
  objective: string,
  context: BuildContext,
  source: TeacherSource | undefined,
): Promise<Teacher> => {
  if (source === undefined) {
    const cure =
      'Set "teacher" to { "run": "runs/…" }, to { "weights": "file", "backbone": "resnet50" }, or to ' +
      '{ "ema": 0.999 } for an average of the student.';
    throw new UnderstoryError('missing-teacher', `${objective}: there is no teacher. ${cure}`);
  }
  return 'ema' in source
    ? Promise.resolve(averageOf(objective, context, source.ema))
    : load(objective, context, source);
};

/** What a teacher makes of images, off the gradient tape. */
export const teach = (network: Network, images: Tensor4D, call: CallArgs): Forward =>
  unlisted(
    network,
    images,
    untracked((): Tensor[] => listed(forward(network, images, call))),
  );
