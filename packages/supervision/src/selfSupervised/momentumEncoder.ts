import {
  disposeModel,
  copyToAverages,
  moveAverages,
  pairVariables,
  shareAtStep,
  teach,
  UnderstoryError,
  untracked,
  variablesOf,
  type BuildContext,
  type CallArgs,
  type NamedVariables,
  type StepContext,
} from '@understory/core';
import type { Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { embed, type Projection } from './projections.ts';

/** A moving average of the backbone and the heads, which takes no gradient. */
export interface MomentumEncoder {
  /** Its weights, for checkpoints. */
  readonly state: NamedVariables;
  /** Embeddings [B, D] of each projection, not normalised, off the gradient tape. */
  readonly encode: (images: Tensor4D, call: CallArgs) => readonly Tensor2D[];
  /** θ ← share · θ + (1 − share) · student, batch norm's running averages included, where a step updates weights; `share` []. */
  readonly update: (step: StepContext, share: Scalar) => void;
}

/** An average that begins as the student. Its batch norm uses the batch's statistics, as the student's does (MoCo, BYOL). */
export const momentumEncoder = (
  objective: string,
  { twin, backbone }: BuildContext,
  { student, average }: { readonly student: readonly Projection[]; readonly average: readonly Projection[] },
): MomentumEncoder => {
  if (!twin) {
    const why = `${objective}: this trainer cannot keep an average of the network.`;
    throw new UnderstoryError(
      'missing-teacher',
      `${why} Use an objective without one: simple-siamese, for example.`,
    );
  }
  const { backbone: other, head } = twin();
  if (head) disposeModel(head.model); // what the task puts on it is not averaged
  const heads = student.map(({ head }, i) => [head, average[i]!.head] as const);
  const pairs = [[backbone.model, other.model] as const, ...heads].flatMap(([now, own]) =>
    pairVariables(now, own),
  );
  copyToAverages(pairs);
  return {
    state: Object.fromEntries([
      ...Object.entries(variablesOf(other.model, 'average')),
      ...average.flatMap(({ name, head }) => Object.entries(variablesOf(head, `average-${name}`))),
    ]),
    encode(images, call) {
      const own = { ...call, training: true, keepStatistics: true };
      const seen = teach({ backbone: other, modules: {} }, images, own);
      return untracked((): Tensor2D[] => average.map((projection) => embed(projection, seen, own)));
    },
    update: (step, share) =>
      moveAverages(
        pairs,
        shareAtStep(step, () => share),
      ),
  };
};
