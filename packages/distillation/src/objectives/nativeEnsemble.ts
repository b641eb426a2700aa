import {
  batchNorm,
  buildBranch,
  crossEntropyOf,
  findStream,
  initialize,
  OBJECTIVE,
  plugin,
  runModule,
  withClassWeights,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  type Seed,
  type Term,
  classLabels,
  classLogits,
  requireClasses,
  preparedLogits,
} from '@understory/core';
import { classWeights, standardized, weight } from '@understory/core/zod';
import {
  addN,
  div,
  exp,
  floor,
  minimum,
  mul,
  softmax,
  square,
  sub,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { ensembleKl, ensembleLogits } from '../losses/ensemble.ts';
import { selection } from './settings.ts';
import { laterStages } from './stageBranches.ts';

const NAME = 'native-ensemble';

export const NativeEnsembleOptions = z.strictObject({
  branches: z.int().min(2).default(3).describe('copies of the last stage, the main one among them'),
  weight: weight(1, "the new branches' cross-entropy and the ensemble's"),
  mimicWeight: weight(1, 'the sum of all KL divergences'),
  temperature: z.number().positive().default(3).describe('divides the logits, no unit'),
  rampEpochs: z.number().min(0).default(80).describe('epochs over which the mimicking sets in'),
  classWeights,
  ...standardized,
  ...selection,
});
export type NativeEnsembleOptions = z.input<typeof NativeEnsembleOptions>;
type Settings = z.output<typeof NativeEnsembleOptions>;

/** exp(−5·(1 − min(e, E)/E)²) with e the whole 0-based epoch [] : 0.007 at first, 1 from epoch E on. */
export const rampUp = (epoch: Scalar, epochs: number): Scalar | number =>
  epochs === 0 ? 1 : tidy(() => exp(mul(square(sub(1, div(minimum(floor(epoch), epochs), epochs))), -5)));

/** How much each branch counts: pooled map of the fork → dense → batch norm → ReLU, [B, M] before the softmax. */
const buildGate = (shape: readonly number[], branches: number, seed: Seed): LayersModel => {
  const inputs = input({ shape: [...shape], name: 'gate/input' });
  const chain = [
    layers.globalAveragePooling2d({ name: 'gate/pool' }),
    layers.dense({ name: 'gate/dense', units: branches, kernelInitializer: 'zeros' }),
    batchNorm({ name: 'gate/norm' }),
    layers.reLU({ name: 'gate/relu' }),
  ];
  const outputs = chain.reduce<SymbolicTensor>((x, layer) => layer.apply(x) as SymbolicTensor, inputs);
  const gate = model({ inputs, outputs, name: 'gate' });
  initialize(gate, seed);
  return gate;
};

const build = (context: BuildContext, settings: Settings): BuiltObjective => {
  const { backbone, streams, seed } = context;
  const lossOf = withClassWeights(NAME, settings.classWeights, context, crossEntropyOf());
  const { view, temperature } = settings;
  const needs = { stream: settings.stream, views: view + 1, labelled: true };
  const { name: stream } = findStream(NAME, streams, needs);
  requireClasses(NAME, context, { labels: true, logits: true });
  const fork = backbone.taps.length - 2;
  const spec = laterStages(NAME, backbone, fork);
  const names = Array.from({ length: settings.branches - 1 }, (_, i) => `branch${i + 2}`);
  const branches = Object.fromEntries(
    names.map((name) => [name, buildBranch(NAME, backbone, spec, { name, seed: seed.at(name) })]),
  );
  const gate = buildGate(
    backbone.model.outputs[fork]!.shape.slice(1) as number[],
    settings.branches,
    seed.at('gate'),
  );
  const loss = ensembleKl({ temperature });
  const prepared = preparedLogits(settings);
  return {
    modules: { ...branches, gate },
    terms(step) {
      const labels = classLabels(step, stream);
      const map = step.rows(step.taps[fork]!, { stream, view });
      const sides = names.map((name) => runModule(branches[name]!, map, step.call));
      const all = [step.rows(classLogits(step), { stream, view }), ...sides];
      const together = ensembleLogits(all, softmax(runModule(gate, map, step.call)));
      const task = (logits: Tensor2D): Term => ({ value: lossOf(logits, labels), weight: settings.weight });
      const taught = prepared(together);
      const kl = addN<Scalar>(all.map((logits): Scalar => loss(prepared(logits), taught)));
      const weight = mul<Scalar>(rampUp(step.epoch, settings.rampEpochs), settings.mimicWeight);
      const branchTerms = Object.fromEntries(names.map((name, i) => [name, task(sides[i]!)]));
      return { terms: { ...branchTerms, ensemble: task(together), kl: { value: kl, weight } } };
    },
  };
};

/**
 * OKD as the paper's table has it: ONE, the on-the-fly native ensemble (Lan et al. 2018). No teacher: the last stage is
 * there several times, a gate weighs the branches' logits, and each branch learns from the ensemble. `crossEntropy`
 * beside it trains the main branch, the one that stays. Terms: `branch2`, … and `ensemble` (cross-entropy), `kl`.
 */
export const nativeEnsemble = (options: NativeEnsembleOptions = {}): Objective => {
  const settings = NativeEnsembleOptions.parse(options);
  return { name: NAME, views: settings.view + 1, build: (context) => build(context, settings) };
};

export const nativeEnsemblePlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'OKD: branches of the last stage learn from their own gated ensemble (ONE)',
  when: 'You have no teacher, and a backbone whose last stage can be copied.',
  source: 'Lan et al., NeurIPS 2018 (ONE)',
  options: NativeEnsembleOptions,
  create: nativeEnsemble,
});
