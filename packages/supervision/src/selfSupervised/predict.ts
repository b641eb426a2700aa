import {
  UnderstoryError,
  unitVectors,
  untracked,
  type BuildContext,
  type BuiltObjective,
  type CallArgs,
  type HeadFactory,
  type Objective,
  type PredictionLoss,
  type Select,
  type StepContext,
  type Term,
} from '@understory/core';
import {
  concat,
  cos,
  div,
  mean,
  minimum,
  mul,
  scalar,
  sqrt,
  square,
  sub,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { runOnVectors, vectorModule, widthOf } from '../heads/vectorModule.ts';
import { momentumEncoder, type MomentumEncoder } from './momentumEncoder.ts';
import {
  buildProjections,
  embed,
  seenBy,
  twoViewStream,
  type Projection,
  type ProjectedTaps,
} from './projections.ts';

/** How a target network follows. */
export const momentumSettings = {
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.996)
    .describe("share of the target network's weights that stays at each step, 0 to 1; .99 in short runs"),
  momentumEpochs: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'epochs over which the share rises to 1 along a cosine, all of the run in the paper; 0 to let it stay',
    ),
} as const;

export interface PredictionParts {
  readonly loss: PredictionLoss;
  readonly head: HeadFactory;
  readonly predictor: HeadFactory;
}

/** A method in which each view's embedding predicts the other's. */
export interface PredictionMethod extends PredictionParts {
  readonly name: string;
  /** By name; the step's first where absent. */
  readonly stream?: string | undefined;
  readonly taps: ProjectedTaps;
  /** Whether the pooled feature is embedded; true where nothing is said. */
  readonly final?: boolean;
  /** How much a term counts: of a tap, or `final`. */
  readonly weightOf: (projection: string, step: StepContext) => Term['weight'];
  /** Share of the target network that stays at an epoch []; absent where the network is its own target. */
  readonly stays?: (epoch: Scalar) => Scalar;
  /** Whether heads and predictors, and the target network, see each view apart: batch norm does not mix them. */
  readonly apart?: boolean;
  /** Whether it tells how far embeddings spread, `<projection>/spread`. */
  readonly watch?: boolean;
  /** Whether heads are those that other methods look for on a tap. */
  readonly embeds?: boolean;
}

/** 1 − (1 − m)·(cos(π·min(e/E, 1)) + 1)/2 (Grill et al. 2020, §3.2), or m where E is 0. `epoch` [] → []. */
export const risingShare =
  (momentum: number, epochs: number) =>
  (epoch: Scalar): Scalar =>
    epochs === 0
      ? scalar(momentum)
      : tidy(() => {
          const left = div(sub(cos(mul(minimum(div(epoch, epochs), 1), Math.PI)), -1), 2);
          return sub(1, mul(left, 1 - momentum));
        });

const predictorOf = (
  { backbone, seed }: BuildContext,
  { name, head }: Projection,
  { predictor, name: objective }: PredictionMethod,
): LayersModel => {
  const width = widthOf(head);
  const made = vectorModule(backbone, predictor, {
    name: `${name}-predictor`,
    width,
    seed: seed.at('predictor', name),
  });
  if (widthOf(made) === width) return made;
  const widths = `"head" gives ${width} numbers and "predictor" ${widthOf(made)}.`;
  throw new UnderstoryError('widths-differ', `${objective}: ${widths} Give both the same last width.`);
};

interface Target extends Pick<MomentumEncoder, 'state' | 'encode'> {
  readonly update: (step: StepContext) => void;
}

/** The moving average that is predicted; nothing where the network is its own target. */
const targetOf = (
  context: BuildContext,
  { name, stays }: PredictionMethod,
  {
    student,
    average,
  }: { readonly student: readonly Projection[]; readonly average: () => readonly Projection[] },
): Target | undefined => {
  if (!stays) return undefined;
  const { state, encode, update } = momentumEncoder(name, context, { student, average: average() });
  return { state, encode, update: (step) => tidy(() => update(step, stays(step.epoch))) };
};

const stacked = (parts: readonly Tensor2D[]): Tensor2D => (parts.length > 1 ? concat([...parts]) : parts[0]!);

/**
 * How far embeddings [R, D] point apart: the mean deviation of their unit rows' columns, times √D → []. About 1 where they
 * fill all directions evenly, 0 where they have collapsed into one.
 */
export const spreadOf = (embeddings: Tensor2D): Scalar =>
  tidy(() => {
    const unit = unitVectors(embeddings);
    const variance = mean(square(sub(unit, mean(unit, 0, true))), 0);
    return mul(mean<Scalar>(sqrt(variance)), Math.sqrt(unit.shape[1]));
  });

/** What modules make of rows that go through them at once: both views, or each apart. */
const predicted = (
  seen: readonly Parameters<typeof embed>[1][],
  { projection, predictor }: { readonly projection: Projection; readonly predictor: LayersModel },
  call: CallArgs,
): { readonly embedding: Tensor2D; readonly prediction: Tensor2D } => {
  const embeddings = seen.map((rows) => embed(projection, rows, call));
  const predictions = embeddings.map((rows) => runOnVectors(predictor, rows, call));
  return { embedding: stacked(embeddings), prediction: stacked(predictions) }; // [2B, D] each
};

/** What the target network makes of a step's images, [2B, D] a projection. */
const targetsOf = (step: StepContext, { encode }: Target, views: readonly Select[]): readonly Tensor2D[] => {
  const parts = views.map((at) => encode(step.rows(step.images, at), step.call));
  return parts[0]!.map((_, i) => stacked(parts.map((part) => part[i]!)));
};

const build = (context: BuildContext, method: PredictionMethod): BuiltObjective => {
  const { backbone, streams, seed } = context;
  // Batch norm in the heads compares images: a batch of one has no variance.
  const { name: stream } = twoViewStream(method.name, streams, { stream: method.stream, batch: 2 });
  const projectionsOf = (): readonly Projection[] =>
    buildProjections(method.name, backbone, method.taps, { head: method.head, seed, final: method.final });
  const projections = projectionsOf();
  const predictors = projections.map((projection) => predictorOf(context, projection, method));
  const target = targetOf(context, method, { student: projections, average: projectionsOf });
  const modules = projections.flatMap(({ name, head }, i) => [
    [name, head] as const,
    [`${name}-predictor`, predictors[i]!] as const,
  ]);
  /** Rows that go through heads at once. */
  const views = method.apart ? [0, 1].map((view) => ({ stream, view })) : [{ stream }];
  const stages = projections.map(({ name }) => name).filter((name) => name !== 'final');
  return {
    modules: Object.fromEntries(modules),
    ...(method.embeds && { embeds: Object.fromEntries(stages.map((name) => [name, name])) }),
    ...(target && { state: target.state, update: target.update }),
    terms(step) {
      const targets = target && targetsOf(step, target, views);
      const seen = views.map((at) => seenBy(step, at));
      const termsOf = (projection: Projection, i: number): (readonly [string, Term])[] => {
        const { name } = projection;
        const through = { projection, predictor: predictors[i]! };
        const { embedding, prediction } = predicted(seen, through, step.call);
        const value = method.loss(prediction, targets?.[i] ?? embedding);
        const term = [name, { value, weight: method.weightOf(name, step) }] as const;
        if (!method.watch) return [term];
        const [spread] = untracked((): [Scalar] => [spreadOf(embedding)]);
        return [term, [`${name}/spread`, { value: spread, weight: 0 }]];
      };
      return { terms: Object.fromEntries(projections.flatMap(termsOf)) };
    },
  };
};

export const predictionObjective = (method: PredictionMethod): Objective => ({
  name: method.name,
  views: 2,
  ...(method.stream !== undefined && { viewStreams: [method.stream] }),
  build: (context) => build(context, method),
});
