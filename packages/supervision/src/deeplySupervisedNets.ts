import {
  classLabels,
  crossEntropyOf,
  findStream,
  HEAD,
  initialize,
  OBJECTIVE,
  plugin,
  requireClasses,
  runModule,
  withClassWeights,
  type BuildContext,
  type BuiltObjective,
  type HeadFactory,
  type Objective,
  type Seed,
} from '@understory/core';
import { classWeights, labelSmoothing, spec, streamName, weight } from '@understory/core/zod';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { buildHeads, checkFactors, chooseTaps, tapNames } from './taps.ts';
import { weightAt, weightPoints } from './weightAt.ts';

const NAME = 'deeply-supervised-nets';

const Settings = z.strictObject({
  weight: weight(1, "each stage's term"),
  schedule: weightPoints.optional(),
  perTap: z
    .record(z.string(), z.number())
    .default({})
    .describe('factor of the weight by tap name; 1 where nothing is said'),
  taps: tapNames,
  labelSmoothing: labelSmoothing(),
  classWeights,
  view: z.int().min(0).default(0).describe('view that the stages learn from, counted from 0'),
  stream: streamName('labelled'),
});
export const DeeplySupervisedNetsOptions = Settings.extend({
  head: spec
    .default('sepconv')
    .describe('what leads from each tap to its classifier; "pool" for a linear one'),
});
export type DeeplySupervisedNetsOptions = z.input<typeof Settings> & { readonly head: HeadFactory };

/** [B, D] → logits [B, C]. */
const buildClassifier = (name: string, from: number, classes: number, seed: Seed): LayersModel => {
  const inputs = input({ shape: [from], name: `${name}/input` });
  const dense = layers.dense({ name: `${name}/dense`, units: classes, kernelInitializer: 'zeros' });
  const classifier = model({ inputs, outputs: dense.apply(inputs) as SymbolicTensor, name });
  initialize(classifier, seed);
  return classifier;
};

const classifierOf = (tap: string): string => `${tap}-classifier`;

/** Weights of classes are counted over the rows of all workers. */
const rowsShown = (weights: unknown): Pick<BuiltObjective, 'rows'> =>
  weights === undefined ? { rows: 'own' } : {};

const build = (
  context: BuildContext,
  head: HeadFactory,
  settings: z.output<typeof Settings>,
): BuiltObjective => {
  const { backbone, streams, seed } = context;
  const { view, perTap, weight, schedule, labelSmoothing, classWeights: weights } = settings;
  const lossOf = withClassWeights(NAME, weights, context, crossEntropyOf(labelSmoothing));
  const needs = { stream: settings.stream, views: view + 1, labelled: true };
  const { name: stream } = findStream(NAME, streams, needs);
  requireClasses(NAME, context, { labels: true });
  const taps = chooseTaps(NAME, backbone, settings.taps);
  const names = taps.map((t) => t.name);
  checkFactors(NAME, perTap, names);
  const heads = buildHeads(backbone, taps, head, seed);
  const classifiers = taps.map(({ name }): [string, LayersModel] => {
    const width = heads[name]!.outputs[0]!.shape.at(-1)!;
    const at = classifierOf(name);
    return [at, buildClassifier(at, width, backbone.classes, seed.at(at))];
  });
  const modules = { ...heads, ...Object.fromEntries(classifiers) };
  return {
    modules,
    ...rowsShown(weights),
    classifies: names.map((tap) => ({ tap, modules: [tap, classifierOf(tap)] })),
    terms(step) {
      const terms = taps.map(({ name, index }) => {
        const map = step.rows(step.taps[index]!, { stream, view });
        const embedding = runModule(modules[name]!, map, step.call);
        const logits = runModule(modules[classifierOf(name)]!, embedding, step.call);
        const value = lossOf(logits, classLabels(step, stream));
        return [
          name,
          { value, weight: weightAt(weight * (perTap[name] ?? 1), schedule, step.epoch) },
        ] as const;
      });
      return { terms: Object.fromEntries(terms) };
    },
  };
};

/**
 * Deeply-supervised nets (Lee et al. 2015), as the CDS paper compares with it: a classifier with the task's own loss on
 * each tap, behind the same towers as CDS has. Terms: the cross-entropy of each tap by its name.
 */
export const deeplySupervisedNets = ({ head, ...options }: DeeplySupervisedNetsOptions): Objective => {
  const settings = Settings.parse(options);
  return { name: NAME, build: (context) => build(context, head, settings) };
};

export const deeplySupervisedNetsPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "A classifier with the task's own loss on each intermediate stage",
  when: 'To compare with classifiers on the stages. They can lower the final accuracy where they are strong.',
  source: 'Lee et al., AISTATS 2015, as the CDS paper compares with it',
  options: DeeplySupervisedNetsOptions,
  uses: { head: HEAD },
  create: deeplySupervisedNets,
});
