import {
  byName,
  classLogits,
  findStream,
  LOGITS,
  mapNamed,
  requireClasses,
  stateVariable,
  untracked,
  type BuildContext,
  type BuiltObjective,
  type Named,
  type Objective,
  type Term,
} from '@understory/core';
import { mean, softmax, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { weightedPseudoLabelLoss } from '../losses/pseudoLabel.ts';
import { ramped } from './settings.ts';

/** How much each row's own label is believed. */
export interface Belief<S> {
  /** [B], 0 to 1. */
  readonly weights: Tensor1D;
  /** What the weighting remembers, this step's rows included. */
  readonly seen: S;
}

/** Says how much the label of a weak view counts. All that it gives is constant: none of it takes gradient. */
export interface Weighting<S extends Named<Tensor>> {
  /** What it remembers before the first step, of so many classes. It lies in checkpoints. */
  readonly begin: (classes: number) => S;
  /** `weak` [B, C] probabilities; what is remembered moves on before it is used. */
  readonly believe: (weak: Tensor2D, seen: S) => Belief<S>;
  /** Terms beside that of the labels, and what is only told. `learner` [B, C] logits. */
  readonly more?: (learner: Tensor2D, belief: Belief<S>) => Named<Term>;
}

export interface Method<S extends Named<Tensor>> {
  readonly name: string;
  /** Stream of unlabelled images, by name. */
  readonly unlabelled: string;
  readonly weight: number;
  /** Epochs over which the weight rises; 0 where it is there from the first step. */
  readonly rampEpochs: number;
  /** View that is learned from what view 0 says. */
  readonly learner: number;
  /** Fewest unlabelled images in a batch; 1 where nothing is said. */
  readonly batch?: number;
  readonly weighting: Weighting<S>;
}

/** A belief off the gradient tape. */
const believed = <S extends Named<Tensor>>(
  { believe }: Weighting<S>,
  labeller: Tensor2D,
  seen: S,
): Belief<S> => {
  let names: readonly string[] = [];
  const [weights, ...state] = untracked((): [Tensor1D, ...Tensor[]] => {
    const belief = believe(softmax(labeller), seen);
    names = Object.keys(belief.seen);
    return [belief.weights, ...Object.values(belief.seen)];
  });
  return { weights, seen: Object.fromEntries(names.map((name, i) => [name, state[i]])) as S };
};

/**
 * Unlabelled images learn the class that the network itself believes in, each by a weight: what FixMatch, FreeMatch and
 * SoftMatch share. Terms: `unlabelled`; `confident`, the mean weight, which is only told; those of the weighting.
 */
export const buildPseudoLabels = <S extends Named<Tensor>>(
  context: BuildContext,
  { name, unlabelled: stream, batch = 1, learner, weighting, ...method }: Method<S>,
): BuiltObjective => {
  requireClasses(name, context, { logits: true });
  findStream(name, context.streams, { stream, views: learner + 1, batch });
  const state = mapNamed(weighting.begin(context.outputs[LOGITS]![0]!), stateVariable);
  const isEmpty = Object.keys(state).length === 0;
  return {
    modules: {},
    ...(!isEmpty && {
      state,
      update: (_step, seen) => {
        for (const [key, variable] of Object.entries(state)) variable.assign(byName(seen, key));
      },
    }),
    terms(step) {
      const logits = classLogits(step);
      const labeller = step.rows(logits, { stream, view: 0 });
      const learning = step.rows(logits, { stream, view: learner });
      const belief = believed(weighting, labeller, state as Named<Tensor> as S);
      const value = weightedPseudoLabelLoss(labeller, learning, belief.weights);
      const weight = ramped(method.weight, method.rampEpochs, step.epoch);
      const [confident] = untracked((): [Scalar] => [mean(belief.weights)]);
      return {
        terms: {
          unlabelled: { value, weight },
          confident: { value: confident, weight: 0 },
          ...weighting.more?.(learning, belief),
        },
        carry: belief.seen,
      };
    },
  };
};

/** An objective whose strong second view learns from the weak first one, in FixMatch's views. */
export const strongViews = <S extends Named<Tensor>>(
  method: Omit<Method<S>, 'rampEpochs' | 'learner'>,
): Objective => ({
  name: method.name,
  views: 2,
  viewSet: 'fixmatch',
  viewStreams: [method.unlabelled],
  build: (context) => buildPseudoLabels(context, { ...method, rampEpochs: 0, learner: 1 }),
});
