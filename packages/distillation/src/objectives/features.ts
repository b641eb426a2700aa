import { OBJECTIVE, plugin, UnderstoryError, type Backbone, type Objective } from '@understory/core';
import { weight } from '@understory/core/zod';
import { addN, type Scalar, type Tensor4D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { attentionLoss } from '../losses/attention.ts';
import { relationalLoss } from '../losses/relational.ts';
import { similarityLoss } from '../losses/similarity.ts';
import { cache, selection, teacher } from './settings.ts';
import { withTeacher } from './withTeacher.ts';

const AT = 'attention-transfer';
const RKD = 'relational-distillation';
const SP = 'similarity-preserving';

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

/** Taps that both networks have, paired from the deepest on: places in the student and in the teacher. */
const tapPairs = (student: Backbone, other: Backbone): readonly (readonly [number, number])[] => {
  const count = Math.min(student.taps.length, other.taps.length);
  const last = [student.taps.length, other.taps.length] as const;
  if (count === 0) throw new UnderstoryError('no-taps', `${AT}: one of the networks has no taps to compare.`);
  return Array.from({ length: count }, (_, i) => [last[0] - count + i, last[1] - count + i]);
};

/**
 * AT (Zagoruyko & Komodakis 2017): each stage is active where the teacher's is. Stages are paired from the deepest on;
 * sizes and widths may differ. Term: `attention`, the sum over the stages.
 */
export const attentionTransfer = (options: AttentionTransferOptions = {}): Objective => {
  const settings = AttentionTransferOptions.parse(options);
  return withTeacher({ name: AT, ...settings }, (given) => {
    const pairs = tapPairs(given.context.backbone, given.teacher.backbone);
    return {
      terms({ student, teacher: seen }) {
        const each = pairs.map(([s, t]): Scalar => attentionLoss(student.taps[s]!, seen.taps[t]!));
        return { terms: { attention: { value: addN<Scalar>(each), weight: settings.weight } } };
      },
    };
  });
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
