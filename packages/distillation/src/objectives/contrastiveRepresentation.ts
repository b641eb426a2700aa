import {
  int32,
  OBJECTIVE,
  plugin,
  runModule,
  UnderstoryError,
  type BatchInfo,
  type NdArrays,
  type Objective,
  trainClasses,
} from '@understory/core';
import { weight } from '@understory/core/zod';
import { tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { unitVectors } from '../losses/rows.ts';
import { createBank, remember, scoreSide, type BankOptions } from './bank.ts';
import { embeddings } from './correlationCongruence.ts';
import { negativesOf, type DrawNegatives } from './negatives.ts';
import { cache, teacher } from './settings.ts';
import { withTeacher, type MethodContext, type Method } from './withTeacher.ts';

const NAME = 'contrastive-representation';

export const ContrastiveRepresentationOptions = z.strictObject({
  teacher,
  weight: weight(0.8),
  width: z.int().min(1).default(128).describe('width of the embeddings, in numbers'),
  negatives: z
    .int()
    .min(1)
    .default(16384)
    .describe(
      'images of other classes that each image is told apart from; drawn with replacement where there are fewer',
    ),
  temperature: z.number().positive().default(0.07).describe('divides the cosines, no unit'),
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('share of a bank’s entry that stays when its image is seen'),
  cache,
  view: z.int().min(0).default(0).describe('view that both networks see, counted from 0'),
});
export type ContrastiveRepresentationOptions = z.input<typeof ContrastiveRepresentationOptions>;
type Settings = z.output<typeof ContrastiveRepresentationOptions>;

/** Negatives of each image of a batch, [B, K]. */
const drawFor = (
  { positions, seed }: BatchInfo,
  { stream, labels }: { readonly stream: string; readonly labels: Int32Array },
  draw: DrawNegatives,
  count: number,
): NdArrays => {
  const own = Int32Array.from(positions[stream] ?? [], (p) => labels[p]!);
  const drawn = new Int32Array(own.length * count);
  for (const [i, label] of own.entries())
    draw(label, count, seed.at(NAME, i).rng(), drawn.subarray(i * count, (i + 1) * count));
  return { drawn: int32(drawn, [own.length, count]) };
};

const methodOf = (given: MethodContext, settings: Settings): Method => {
  const { context, stream } = given;
  if (stream !== context.streams[0]!.name)
    throw new UnderstoryError('stream', `${NAME} works on the first stream.`);
  const labels = trainClasses(NAME, context);
  const draw = negativesOf(NAME, labels);
  const options: BankOptions = { ...settings, size: labels.length };
  const modules = embeddings(given, settings.width);
  const student = createBank(options, context.seed.at('student-bank'));
  const taught = createBank(options, context.seed.at('teacher-bank'));
  return {
    modules,
    state: {
      'student-bank': student.entries,
      'student-partition': student.partition,
      'teacher-bank': taught.entries,
      'teacher-partition': taught.partition,
    },
    feed: (batch) => drawFor(batch, { stream, labels }, draw, settings.negatives),
    terms({ student: s, teacher: t, step }) {
      const vs = unitVectors(runModule(modules.student, s.pooled, step.call));
      const vt = unitVectors(runModule(modules.teacher, t.pooled, step.call));
      const at = { positions: step.positions(stream), drawn: step.fed['drawn'] as Tensor2D };
      const own = scoreSide(vs, taught, at, options);
      const other = scoreSide(vt, student, at, options);
      const term = (value: typeof own.loss) => ({ value, weight: settings.weight });
      return {
        terms: { student: term(own.loss), teacher: term(other.loss) },
        // The weights have changed when the banks are written: embeddings are those of the step that was seen.
        carry: { vs, vt, studentScored: other.partition, teacherScored: own.partition },
      };
    },
    update(step, { vs, vt, studentScored, teacherScored }) {
      const positions = step.positions(stream);
      tidy(() => {
        remember(student, positions, { v: vs as Tensor2D, scored: studentScored! }, options);
        remember(taught, positions, { v: vt as Tensor2D, scored: teacherScored! }, options);
      });
    },
  };
};

/**
 * CRD (Tian et al. 2020): the student's embedding of an image must be told apart from the teacher's of other classes'
 * images, and the other way round, over a memory bank of the whole training set. Both linear embeddings are trained.
 * Works on the first stream, whose positions are the banks' entries. Terms: `student` and `teacher`, the two sides.
 */
export const contrastiveRepresentation = (options: ContrastiveRepresentationOptions = {}): Objective => {
  const settings = ContrastiveRepresentationOptions.parse(options);
  return withTeacher({ name: NAME, labelled: true, ...settings }, (given) => methodOf(given, settings));
};

export const contrastiveRepresentationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "CRD: tells the teacher's embeddings of other images apart, over a memory bank",
  when: 'You have memory for two banks of one row a training image, and labels.',
  source: 'Tian et al., ICLR 2020',
  options: ContrastiveRepresentationOptions,
  create: contrastiveRepresentation,
});
