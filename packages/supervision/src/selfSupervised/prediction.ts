import {
  HEAD,
  OBJECTIVE,
  plugin,
  PREDICTION_LOSS,
  UnderstoryError,
  type BuildContext,
  type BuiltObjective,
  type HeadFactory,
  type Objective,
  type PredictionLoss,
  type StepContext,
} from '@understory/core';
import { spec, weight } from '@understory/core/zod';
import { cos, minimum, mul, scalar, sub, tidy, div, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { momentumEncoder, type MomentumEncoder } from './momentumEncoder.ts';
import {
  buildProjections,
  embed,
  projectionSettings,
  runOnVectors,
  seenBy,
  twoViewStream,
  vectorModule,
  widthOf,
  type Projection,
} from './projections.ts';

const BYOL = 'bootstrap-latents';
const SIMSIAM = 'simple-siamese';

const Settings = z.strictObject({
  weight: weight(1, 'each term'),
  ...projectionSettings,
});
const BootstrapSettings = Settings.extend({
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.996)
    .describe("share of the target network's weights that stays at each step, 0 to 1"),
  momentumEpochs: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'epochs over which the share rises to 1 along a cosine, all of the run in the paper; 0 to let it stay',
    ),
});
const parts = (
  loss: string,
  head: readonly number[],
  predictor: readonly number[],
  norm: 'hidden' | 'all',
) => ({
  loss: spec.default(loss).describe('loss of predictions and targets'),
  head: spec.default(['projector', { widths: head, norm }]).describe('projection head'),
  predictor: spec
    .default(['projector', { widths: predictor }])
    .describe('head from embeddings to predictions, as wide as the embedding'),
});
export const BootstrapLatentsOptions = BootstrapSettings.extend(
  parts('byol', [4096, 256], [4096, 256], 'hidden'),
);
export const SimpleSiameseOptions = Settings.extend(parts('simsiam', [2048, 2048, 2048], [512, 2048], 'all'));

interface Parts {
  readonly loss: PredictionLoss;
  readonly head: HeadFactory;
  readonly predictor: HeadFactory;
}
export type BootstrapLatentsOptions = z.input<typeof BootstrapSettings> & Parts;
export type SimpleSiameseOptions = z.input<typeof Settings> & Parts;

interface Method extends Parts, z.output<typeof Settings> {
  readonly name: string;
  /** Share of the target network that stays at an epoch []; absent where the network is its own target. */
  readonly stays?: (epoch: Scalar) => Scalar;
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
  { predictor, name: objective }: Method,
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
  { name, stays }: Method,
  {
    student,
    average,
  }: { readonly student: readonly Projection[]; readonly average: () => readonly Projection[] },
): Target | undefined => {
  if (!stays) return undefined;
  const { state, encode, update } = momentumEncoder(name, context, { student, average: average() });
  return { state, encode, update: ({ epoch }) => tidy(() => update(stays(epoch))) };
};

const build = (context: BuildContext, method: Method): BuiltObjective => {
  const { backbone, streams, seed } = context;
  // Batch norm in the heads compares images: a batch of one has no variance.
  const { name: stream } = twoViewStream(method.name, streams, { stream: method.stream, batch: 2 });
  const projectionsOf = (): readonly Projection[] =>
    buildProjections(method.name, backbone, method.taps, { head: method.head, seed });
  const projections = projectionsOf();
  const predictors = projections.map((projection) => predictorOf(context, projection, method));
  const target = targetOf(context, method, { student: projections, average: projectionsOf });
  return {
    modules: Object.fromEntries(
      projections.flatMap(
        ({ name, head }, i) =>
          [
            [name, head],
            [`${name}-predictor`, predictors[i]!],
          ] as const,
      ),
    ),
    ...(target && { state: target.state, update: target.update }),
    terms(step) {
      const seen = seenBy(step, { stream });
      const targets = target?.encode(step.rows(step.images, { stream }), step.call);
      const term = (projection: Projection, i: number) => {
        const embedding: Tensor2D = embed(projection, seen, step.call); // [2B, D]
        const prediction = runOnVectors(predictors[i]!, embedding, step.call); // [2B, D]
        return { value: method.loss(prediction, targets?.[i] ?? embedding), weight: method.weight };
      };
      return {
        terms: Object.fromEntries(
          projections.map((projection, i) => [projection.name, term(projection, i)] as const),
        ),
      };
    },
  };
};

const objectiveOf = (method: Method): Objective => ({
  name: method.name,
  views: 2,
  ...(method.stream !== undefined && { viewStreams: [method.stream] }),
  build: (context) => build(context, method),
});

/**
 * BYOL (Grill et al. 2020): a predictor makes of each view's embedding what a moving average of backbone and head makes of
 * the other view. No labels, no negatives. Terms: `final`, and one a tap by its name.
 */
export const bootstrapLatents = ({
  loss,
  head,
  predictor,
  ...options
}: BootstrapLatentsOptions): Objective => {
  const { momentum, momentumEpochs, ...settings } = BootstrapSettings.parse(options);
  const stays = risingShare(momentum, momentumEpochs);
  return objectiveOf({ name: BYOL, loss, head, predictor, ...settings, stays });
};

/**
 * SimSiam (Chen & He 2021): as BYOL, with the network itself as target, through which no gradient flows. No labels, no
 * negatives, no second network. Terms: `final`, and one a tap by its name.
 */
export const simpleSiamese = ({ loss, head, predictor, ...options }: SimpleSiameseOptions): Objective =>
  objectiveOf({ name: SIMSIAM, loss, head, predictor, ...Settings.parse(options) });

export const bootstrapLatentsPlugin = plugin({
  token: OBJECTIVE,
  name: BYOL,
  summary: 'BYOL: predicts what an average of the network makes of the other view',
  when: 'You have no labels, and do not want images of a batch to be pushed apart.',
  source: 'Grill et al., NeurIPS 2020 (BYOL)',
  options: BootstrapLatentsOptions,
  uses: { loss: PREDICTION_LOSS, head: HEAD, predictor: HEAD },
  create: bootstrapLatents,
});

export const simpleSiamesePlugin = plugin({
  token: OBJECTIVE,
  name: SIMSIAM,
  summary: 'SimSiam: predicts what the network itself makes of the other view',
  when: 'As bootstrap-latents, at less cost: there is no second network.',
  source: 'Chen and He, CVPR 2021 (SimSiam)',
  options: SimpleSiameseOptions,
  uses: { loss: PREDICTION_LOSS, head: HEAD, predictor: HEAD },
  create: simpleSiamese,
});
