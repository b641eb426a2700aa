import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import { weight } from '@understory/core/zod';
import { addN, type Scalar, type Tensor4D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { attentionLoss } from '../losses/attention.ts';
import { neuronSelectivityLoss } from '../losses/neuronSelectivity.ts';
import { neighbourChanceLoss } from '../losses/probabilisticTransfer.ts';
import { relationalLoss } from '../losses/relational.ts';
import { similarityLoss } from '../losses/similarity.ts';
import { cache, selection, teacher } from './settings.ts';
import { tapPairs } from './tapPairs.ts';
import { withTeacher, type MethodContext, type Method } from './withTeacher.ts';

const AT = 'attention-transfer';
const RKD = 'relational-distillation';
const SP = 'similarity-preserving';
const PKT = 'probabilistic-transfer';
const NST = 'neuron-selectivity';

export const AttentionTransferOptions = z.strictObject({ teacher, weight: weight(1000), ...selection });
export type AttentionTransferOptions = z.input<typeof AttentionTransferOptions>;

export const RelationalDistillationOptions = z.strictObject({
  teacher,
  weight: weight(1),
  distance: weight(25, 'the part of the distances'),
  angle: weight(50, 'the part of the angles'),
  cache,
  ...selection,
});
export type RelationalDistillationOptions = z.input<typeof RelationalDistillationOptions>;

export const SimilarityPreservingOptions = z.strictObject({ teacher, weight: weight(3000), ...selection });
export type SimilarityPreservingOptions = z.input<typeof SimilarityPreservingOptions>;

export const ProbabilisticTransferOptions = z.strictObject({
  teacher,
  weight: weight(30000, 'the term, a mean over all B² pairs'),
  cache,
  ...selection,
});
export type ProbabilisticTransferOptions = z.input<typeof ProbabilisticTransferOptions>;

export const NeuronSelectivityOptions = z.strictObject({ teacher, weight: weight(50), ...selection });
export type NeuronSelectivityOptions = z.input<typeof NeuronSelectivityOptions>;

/** One term: the sum over the stages of what a loss makes of both maps. */
const ofStages = (
  objective: string,
  { context, teacher: network }: MethodContext,
  factor: number,
  [term, loss]: readonly [name: string, loss: (student: Tensor4D, teacher: Tensor4D) => Scalar],
): Method => {
  const pairs = tapPairs(objective, context.backbone, network.backbone);
  return {
    terms({ student, teacher: seen }) {
      const each = pairs.map(([s, t]): Scalar => loss(student.taps[s]!, seen.taps[t]!));
      return { terms: { [term]: { value: addN<Scalar>(each), weight: factor } } };
    },
  };
};

/**
 * AT (Zagoruyko & Komodakis 2017): each stage is active where the teacher's is. Stages are paired from the deepest on;
 * sizes and widths may differ. Term: `attention`, the sum over the stages.
 */
export const attentionTransfer = (options: AttentionTransferOptions = {}): Objective => {
  const settings = AttentionTransferOptions.parse(options);
  return withTeacher({ name: AT, rows: 'own', ...settings }, (given) =>
    ofStages(AT, given, settings.weight, ['attention', attentionLoss]),
  );
};

/**
 * RKD (Park et al. 2019): distances and angles among the pooled features of a batch become the teacher's; widths may
 * differ. Term: `relations`.
 */
export const relationalDistillation = (options: RelationalDistillationOptions = {}): Objective => {
  const settings = RelationalDistillationOptions.parse(options);
  const loss = relationalLoss(settings);
  return withTeacher({ name: RKD, batch: 2, ...settings }, () => ({
    terms: ({ student, teacher: seen }) => ({
      terms: { relations: { value: loss(student.pooled, seen.pooled), weight: settings.weight } },
    }),
  }));
};

/**
 * SP (Tung & Mori 2019): which images of a batch are alike in the last map becomes what the teacher's map says; sizes and
 * widths may differ. Term: `similarity`.
 */
export const similarityPreserving = (options: SimilarityPreservingOptions = {}): Objective => {
  const settings = SimilarityPreservingOptions.parse(options);
  return withTeacher({ name: SP, batch: 2, ...settings }, () => ({
    terms({ student, teacher: seen }) {
      const [s, t] = [student.taps.at(-1), seen.taps.at(-1)] as [Tensor4D, Tensor4D];
      return { terms: { similarity: { value: similarityLoss(s, t), weight: settings.weight } } };
    },
  }));
};

/**
 * PKT (Passalis & Tefas 2018): which images of a batch are each other's neighbours, by the cosine of pooled features,
 * becomes what the teacher says; widths may differ. Term: `neighbours`.
 */
export const probabilisticTransfer = (options: ProbabilisticTransferOptions = {}): Objective => {
  const settings = ProbabilisticTransferOptions.parse(options);
  return withTeacher({ name: PKT, batch: 2, ...settings }, () => ({
    terms: ({ student, teacher: seen }) => ({
      terms: {
        neighbours: { value: neighbourChanceLoss(student.pooled, seen.pooled), weight: settings.weight },
      },
    }),
  }));
};

/**
 * NST (Huang & Wang 2017): the channels of each stage, as patterns over positions, are spread as the teacher's are. Stages
 * are paired from the deepest on; sizes and widths may differ. Term: `neurons`, the sum over the stages.
 */
export const neuronSelectivity = (options: NeuronSelectivityOptions = {}): Objective => {
  const settings = NeuronSelectivityOptions.parse(options);
  return withTeacher({ name: NST, rows: 'own', ...settings }, (given) =>
    ofStages(NST, given, settings.weight, ['neurons', neuronSelectivityLoss]),
  );
};

export const attentionTransferPlugin = plugin({
  token: OBJECTIVE,
  name: AT,
  summary: "AT: each stage is active where the teacher's is",
  when: 'Teacher and student look at images of one size, and the classes may differ.',
  source: 'Zagoruyko and Komodakis, ICLR 2017',
  options: AttentionTransferOptions,
  create: attentionTransfer,
});
export const relationalDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: RKD,
  summary: 'RKD: distances and angles among the features of a batch',
  when: 'The widths or classes differ, and batches are not big: it holds B³ numbers.',
  source: 'Park et al., CVPR 2019',
  options: RelationalDistillationOptions,
  create: relationalDistillation,
});
export const similarityPreservingPlugin = plugin({
  token: OBJECTIVE,
  name: SP,
  summary: 'SP: which images of a batch are alike',
  when: 'The widths, map sizes or classes differ.',
  source: 'Tung and Mori, ICCV 2019',
  options: SimilarityPreservingOptions,
  create: similarityPreserving,
});
export const probabilisticTransferPlugin = plugin({
  token: OBJECTIVE,
  name: PKT,
  summary: 'PKT: which images of a batch are neighbours',
  when: 'The widths or classes differ, and you want one term without parameters.',
  source:
    "Passalis and Tefas, ECCV 2018, as the CRD authors' suite has it. Similarities of opposite features are exact, where the suite's lose 1 % in float32",
  options: ProbabilisticTransferOptions,
  create: probabilisticTransfer,
});
export const neuronSelectivityPlugin = plugin({
  token: OBJECTIVE,
  name: NST,
  summary: 'NST: patterns of the channels of each stage',
  when: 'Stages are to respond to the same places; widths and classes may differ.',
  source: "Huang and Wang 2017, as the CRD authors' suite has it",
  options: NeuronSelectivityOptions,
  create: neuronSelectivity,
});
