import {
  buildBranch,
  classLabels,
  classLogits,
  crossEntropyOf,
  findStream,
  preparedLogits,
  requireClasses,
  runModule,
  stopGradient,
  tapIndex,
  withClassWeights,
  type BatchInfo,
  type BuildContext,
  type BuiltObjective,
  type ClassificationLoss,
  type NdArrays,
  type StepContext,
  type Term,
} from '@understory/core';
import { classWeights, standardized, streamName, weight } from '@understory/core/zod';
import { add, mul, stack, sub, sum, type Scalar, type Tensor1D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { weightAt, weightPoints } from '../weightAt.ts';
import { branchSpec, defaultBranches } from './layout.ts';
import { mimicTerms } from './mimicTerms.ts';

/** Options that both methods of side branches share. */
export const MimicrySettings = z.strictObject({
  weight: weight(1, "each branch's cross-entropy"),
  mimicWeight: weight(1, 'the sum of all KL divergences'),
  schedule: weightPoints.optional(),
  branches: z
    .array(branchSpec)
    .min(1)
    .optional()
    .describe("side branches; the authors' layout for the backbone's depth by default"),
  classWeights,
  ...standardized,
  view: z.int().min(0).default(0).describe('view that the branches learn from, counted from 0'),
  stream: streamName('labelled'),
});

export interface Mimicry extends z.output<typeof MimicrySettings> {
  readonly name: string;
  /** Divides the logits before their KL divergence. */
  readonly temperature: number;
  /** Feeds a mask [pairs] as `kept`: 0 where a pair's divergence shall pass no gradient in this step. */
  readonly feed?: (batch: BatchInfo, pairs: number) => NdArrays;
}

/** Sum of the terms; those with mask 0 count in the value alone. */
const sumOf = (terms: readonly Scalar[], kept: Tensor1D | undefined): Scalar => {
  const all = stack([...terms]) as Tensor1D; // [pairs]
  if (!kept) return sum(all);
  return sum(add(mul(kept, all), stopGradient(mul(sub(1, kept), all))));
};

interface Branch {
  readonly name: string;
  readonly fork: number;
  readonly model: LayersModel;
}

const termsOf = (
  step: StepContext,
  branches: readonly Branch[],
  method: Mimicry,
  { stream, lossOf }: { readonly stream: string; readonly lossOf: ClassificationLoss },
): Record<string, Term> => {
  const select = { stream, view: method.view };
  const { rows, taps, call } = step;
  const sides = branches.map(({ model, fork }) => runModule(model, rows(taps[fork]!, select), call));
  const labels = classLabels(step, stream);
  const now = (weight: number): Term['weight'] => weightAt(weight, method.schedule, step.epoch);
  const tasks = branches.map(({ name }, i) => {
    const term: Term = {
      value: lossOf(sides[i]!, labels),
      weight: now(method.weight),
    };
    return [name, term] as const;
  });
  const compared = [rows(classLogits(step), select), ...sides].map(preparedLogits(method));
  const pairs = mimicTerms(compared, method.temperature);
  const kl = sumOf(pairs, step.fed['kept'] as Tensor1D | undefined);
  return { ...Object.fromEntries(tasks), kl: { value: kl, weight: now(method.mimicWeight) } };
};

/** Side branches of the backbone's own blocks: each learns the task, and all learn from each other. */
export const buildMimicry = (context: BuildContext, method: Mimicry): BuiltObjective => {
  const { backbone, streams, seed } = context;
  const lossOf = withClassWeights(method.name, method.classWeights, context, crossEntropyOf());
  const needs = { stream: method.stream, views: method.view + 1, labelled: true };
  const { name: stream } = findStream(method.name, streams, needs);
  requireClasses(method.name, context, { labels: true, logits: true });
  const layout = method.branches ?? defaultBranches(method.name, backbone);
  const branches = layout.map((spec, i): Branch => {
    const name = `branch${i + 1}`;
    const model = buildBranch(method.name, backbone, spec, { name, seed: seed.at(name) });
    return { name, fork: tapIndex(backbone, spec.after), model };
  });
  const pairs = branches.length * (branches.length + 1);
  const { feed } = method;
  return {
    modules: Object.fromEntries(branches.map(({ name, model }) => [name, model])),
    classifies: branches.map(({ name }, i) => ({ tap: layout[i]!.after, modules: [name] })),
    ...(feed && { feed: (batch) => feed(batch, pairs) }),
    terms: (step) => ({ terms: termsOf(step, branches, method, { stream, lossOf }) }),
  };
};
