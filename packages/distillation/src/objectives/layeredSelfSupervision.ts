import {
  classLabels,
  crossEntropyLoss,
  findStream,
  OBJECTIVE,
  plugin,
  requireClasses,
  runModule,
  stopGradient,
  type BuildContext,
  type BuiltObjective,
  type Named,
  type Network,
  type Objective,
  type Term,
  preparedLogits,
} from '@understory/core';
import { standardized, weight } from '@understory/core/zod';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { distillationKl } from '../losses/logits.ts';
import { selection, temperature } from './settings.ts';
import { stageBranches } from './stageBranches.ts';
import { jointLabels } from './turnedRows.ts';

const NAME = 'layered-self-supervision';

export const LayeredSelfSupervisionOptions = z.strictObject({
  weight: weight(1, "each stage's cross-entropy over classes and views"),
  mimicWeight: weight(
    1,
    "what each stage learns from the last one's branch; 0 for branches that learn apart, as HSAKD's teacher has them",
  ),
  temperature: temperature(3, "divides the branches' logits where they teach and learn, no unit"),
  ...standardized,
  stream: selection.stream,
});
export type LayeredSelfSupervisionOptions = z.input<typeof LayeredSelfSupervisionOptions>;
type Settings = z.output<typeof LayeredSelfSupervisionOptions>;

/** The branches that a network was trained with by this objective, by their taps; none where it was not. */
export const branchesOf = ({ backbone, modules }: Network): Named<LayersModel> =>
  Object.fromEntries(
    backbone.taps.flatMap(({ name }) => {
      const branch = modules[`${NAME}/${name}`];
      return branch ? [[name, branch] as const] : [];
    }),
  );

const build = (context: BuildContext, settings: Settings): BuiltObjective => {
  const { backbone, streams, seed } = context;
  const needs = { stream: settings.stream, views: 2, labelled: true };
  const { name: stream, views } = findStream(NAME, streams, needs);
  requireClasses(NAME, context, { labels: true, logits: true });
  const { classes, taps } = backbone;
  const branches = stageBranches(NAME, backbone, { classes: views * classes, seed });
  const compare = distillationKl(settings);
  const prepared = preparedLogits(settings);
  return {
    modules: branches,
    terms(step) {
      const joint = jointLabels(classLabels(step, stream), { views, classes });
      const logits = taps.map(({ name }, i): readonly [string, Tensor2D] => [
        name,
        runModule(branches[name]!, step.rows(step.taps[i]!, { stream }), step.call),
      ]);
      const own = logits.map(([name, x]): readonly [string, Term] => [
        name,
        { value: crossEntropyLoss(x, joint), weight: settings.weight },
      ]);
      if (settings.mimicWeight === 0) return { terms: Object.fromEntries(own) };
      const deepest = prepared(stopGradient(logits.at(-1)![1]));
      const mimic = logits
        .slice(0, -1)
        .map(([name, x]): readonly [string, Term] => [
          `kl/${name}`,
          { value: compare(prepared(x), deepest), weight: settings.mimicWeight },
        ]);
      return { terms: Object.fromEntries([...own, ...mimic]) };
    },
  };
};

/**
 * Layered self-supervision after LSSKD (2025): a branch after every stage tells class and turn of an image in one, V·C of
 * them, and the last stage's branch teaches the others. No teacher; the branches are dropped at inference. `crossEntropy`
 * beside it trains the task on the first view, the plain one. Terms: `stage1`, … (cross-entropy) and `kl/stage1`, ….
 *
 * Of the method, branches over class × transformation after each stage and distillation between stages are published; no
 * code is, and the equations were not at hand. Who teaches whom, the weights and the temperature are ours; terms of L2 and
 * labels from the epoch before are not here.
 */
export const layeredSelfSupervision = (options: LayeredSelfSupervisionOptions = {}): Objective => {
  const settings = LayeredSelfSupervisionOptions.parse(options);
  const { stream } = settings;
  return {
    name: NAME,
    views: 4,
    viewSet: 'sskd',
    ...(stream !== undefined && { viewStreams: [stream] }),
    build: (context) => build(context, settings),
  };
};

export const layeredSelfSupervisionPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Layered self-supervision: every stage tells class and turn, and learns it from the last one',
  when: 'You classify without a teacher and can afford four views; or to make the branches of a teacher for hierarchical-distillation.',
  source:
    'after LSSKD, arXiv 2506.07055. Published: branches over class × transformation after each stage, no teacher, distillation between stages, heads dropped. Ours, since no code is to be had: who teaches whom, weights, temperature; L2 terms and labels of the epoch before are left out',
  options: LayeredSelfSupervisionOptions,
  create: layeredSelfSupervision,
});
