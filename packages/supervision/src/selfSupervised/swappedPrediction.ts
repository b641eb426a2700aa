import {
  gatherRows,
  HEAD,
  initialize,
  OBJECTIVE,
  plugin,
  PROTOTYPE_LOSS,
  unitVectors,
  variablesOf,
  type BuildContext,
  type BuiltObjective,
  type HeadFactory,
  type Objective,
  type PrototypeLoss,
  type Seed,
} from '@understory/core';
import { spec, weight } from '@understory/core/zod';
import { matMul, transpose, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { buildProjections, embed, projectionSettings, seenBy, twoViewStream } from './projections.ts';
import { widthOf } from '../heads/vectorModule.ts';

const NAME = 'swapped-prediction';

const Settings = z.strictObject({
  weight: weight(1, 'each term'),
  prototypes: z
    .int()
    .min(2)
    .default(300)
    .describe('prototypes that images are assigned to; 3000 for the 1000 classes of ImageNet in the paper'),
  ...projectionSettings,
});
export const SwappedPredictionOptions = Settings.extend({
  loss: spec.default('swav').describe('loss of the scores of both views'),
  head: spec.default('mlp').describe('projection head'),
});
export type SwappedPredictionOptions = z.input<typeof Settings> & {
  readonly loss: PrototypeLoss;
  readonly head: HeadFactory;
};

/** Prototypes as the kernel [D, K] of a dense layer without bias. */
const prototypesOf = (name: string, [width, count]: readonly [number, number], seed: Seed): LayersModel => {
  const inputs = input({ shape: [width], name: `${name}/input` });
  const dense = layers.dense({
    name: `${name}/dense`,
    units: count,
    useBias: false,
    kernelInitializer: 'zeros',
  });
  const made = model({ inputs, outputs: dense.apply(inputs) as SymbolicTensor, name });
  initialize(made, seed);
  return made;
};

/** Cosines of embeddings [R, D] and prototypes [R, K]; prototypes are kept at unit length by dividing where they are used. */
const scoresOf = (embedding: Tensor2D, prototypes: LayersModel): Tensor2D => {
  const kernel: Tensor = Object.values(variablesOf(prototypes, ''))[0]!;
  return matMul(unitVectors(embedding), unitVectors(transpose(kernel as Tensor2D)), false, true);
};

const build = (
  { backbone, streams, seed }: BuildContext,
  { loss, head }: Pick<SwappedPredictionOptions, 'loss' | 'head'>,
  settings: z.output<typeof Settings>,
): BuiltObjective => {
  const { name: stream } = twoViewStream(NAME, streams, { stream: settings.stream, batch: 2 });
  const projections = buildProjections(NAME, backbone, settings.taps, { head, seed });
  const prototypes = projections.map(({ name, head: module }) => {
    const size = [widthOf(module), settings.prototypes] as const;
    return prototypesOf(`${name}-prototypes`, size, seed.at('prototypes', name));
  });
  return {
    modules: Object.fromEntries(
      projections.flatMap(
        (p, i) =>
          [
            [p.name, p.head],
            [`${p.name}-prototypes`, prototypes[i]!],
          ] as const,
      ),
    ),
    rows: 'own', // scores are gathered: prototypes are used equally by the rows of all workers
    terms(step) {
      const seen = seenBy(step, { stream });
      const valueOf = (i: number) => {
        const scores = scoresOf(embed(projections[i]!, seen, step.call), prototypes[i]!);
        return loss(gatherRows(scores, step.workers, 2));
      };
      return {
        terms: Object.fromEntries(
          projections.map(({ name }, i) => [name, { value: valueOf(i), weight: settings.weight }] as const),
        ),
      };
    },
  };
};

/**
 * SwAV for two views (Caron et al. 2020): each view predicts to which prototypes the other view belongs, where a batch uses
 * all prototypes equally. No labels, no negatives. Terms: `final`, and one a tap by its name. Departures: two views, no
 * queue and no smaller crops; prototypes are divided by their length where they are used, not after each step.
 */
export const swappedPrediction = ({ loss, head, ...options }: SwappedPredictionOptions): Objective => {
  const settings = Settings.parse(options);
  const { stream } = settings;
  return {
    name: NAME,
    views: 2,
    ...(stream !== undefined && { viewStreams: [stream] }),
    build: (context) => build(context, { loss, head }, settings),
  };
};

export const swappedPredictionPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'SwAV: each view predicts the prototypes of the other view',
  when: 'You have no labels, and classes that cluster.',
  source: 'Caron et al., NeurIPS 2020 (SwAV)',
  options: SwappedPredictionOptions,
  uses: { loss: PROTOTYPE_LOSS, head: HEAD },
  create: swappedPrediction,
});
