import {
  classesOf,
  EVALUATOR,
  LOG,
  plugin,
  UnderstoryError,
  type Dataset,
  type EvaluationRequest,
  type Evaluator,
  type Samples,
} from '@understory/core';
import { z } from 'zod';
import { atMost, embed, EMBEDDING_OPTIONS, imageLimit, mustHaveClasses, numberName } from '../features.ts';
import { rightShare } from '../logits.ts';
import { nearest } from './nearest.ts';
import { logVotes } from './votes.ts';

export const KnnOptions = z.strictObject({
  ...EMBEDDING_OPTIONS,
  k: z
    .int()
    .positive()
    .default(20)
    .describe('neighbours that vote; 200 on data sets of 50,000 images and more'),
  temperature: z.number().positive().default(0.07).describe('a neighbour votes exp(cosine / temperature)'),
  limit: imageLimit('training images that are neighbours'),
});
export type KnnOptions = z.input<typeof KnnOptions>;

const checkBank = (dataset: Dataset, learned: Samples, k: number): void => {
  mustHaveClasses(dataset);
  if (learned.length >= k) return;
  throw new UnderstoryError(
    'bad-option',
    `Evaluator "knn" asks for k = ${k} neighbours of ${learned.length} training images${learned.length < dataset.train.length ? ' whose labels are learned' : ''}. Give a smaller k.`,
  );
};

/**
 * Accuracy of a vote of the nearest training images whose labels are learned, as `knn` (`knn/<tap>` of a stage): cosine,
 * weighted, images without views, in inference mode (Wu et al. 2018, §3.4). It trains nothing, so it tells what an embedding
 * holds by itself.
 */
export const knn = (
  options: KnnOptions = {},
  { say = () => undefined }: { readonly say?: (line: string) => void } = {},
): Evaluator => {
  const { of, when, k, temperature, limit } = KnnOptions.parse(options);
  if (limit < k)
    throw new UnderstoryError('bad-option', `knn: limit is ${limit}, less than the ${k} neighbours of k.`);
  return {
    name: 'knn',
    when,
    reads: of,
    check: (dataset, learned) => checkBank(dataset, learned, k),
    async evaluate(request: EvaluationRequest) {
      const { dataset, learned, samples } = request;
      checkBank(dataset, learned, k);
      const classes = dataset.classes.length;
      const bank = atMost(learned, limit, (kept, all) =>
        say(`knn: neighbours are ${kept} of the ${all} training images ("limit").`),
      );
      const [stored, asked] = [await embed(request, bank, of), await embed(request, samples, of)];
      const numbers: Record<string, number> = {};
      for (const output of of) {
        const found = await nearest(stored.get(output)!, asked.get(output)!, k);
        const votes = logVotes(found, classesOf(bank), { temperature, classes });
        numbers[numberName('knn', output)] = rightShare(votes, classesOf(samples), classes);
      }
      return numbers;
    },
  };
};

export const knnPlugin = plugin({
  token: EVALUATOR,
  name: 'knn',
  summary: 'Accuracy of a weighted vote of the nearest training images',
  when: 'You want to know what an embedding holds without training anything on it: of self-supervised runs, or stage by stage.',
  source: 'Wu et al. 2018, section 3.4',
  options: KnnOptions,
  uses: { log: LOG },
  create: ({ log, ...options }) => knn(options, { say: log }),
});
