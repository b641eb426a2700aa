import { classesOf, EVALUATOR, LOG, plugin, type EvaluationRequest, type Evaluator } from '@understory/core';
import { z } from 'zod';
import {
  atMost,
  embed,
  EMBEDDING_OPTIONS,
  imageLimit,
  mustHaveClasses,
  numberName,
  once,
} from '../features.ts';
import { retrievalNumbers, type RetrievalNumbers } from './retrievalNumbers.ts';

export const RetrievalOptions = z.strictObject({
  ...EMBEDDING_OPTIONS,
  ranks: z
    .array(z.int().positive())
    .min(1)
    .default([1, 5, 10])
    .describe('ranks k of `recall@k`: a query finds one of its class among the k nearest'),
  limit: imageLimit('measured images, each a query among all others'),
});
export type RetrievalOptions = z.input<typeof RetrievalOptions>;

const named = ({ recall, rPrecision, mapAtR, queries }: RetrievalNumbers, output: string) => ({
  ...Object.fromEntries([...recall].map(([k, share]) => [numberName(`recall@${k}`, output), share])),
  [numberName('rPrecision', output)]: rPrecision,
  [numberName('mAP@R', output)]: mapAtR,
  [numberName('queries', output)]: queries,
});

/**
 * Whether measured images find others of their class among themselves, by cosine: `recall@1`, `rPrecision`, `mAP@R`, and how many
 * `queries` have another of their class (`recall@1/<tap>` of a stage). Training images play no part. NaN stands for the recall at a
 * rank beyond the other images.
 */
export const retrieval = (
  options: RetrievalOptions = {},
  { say = () => undefined }: { readonly say?: (line: string) => void } = {},
): Evaluator => {
  const { of, when, ranks, limit } = RetrievalOptions.parse(options);
  const log = once(say);
  return {
    name: 'retrieval',
    when,
    units: Object.fromEntries(of.map((output) => [numberName('queries', output), 'queries'])),
    reads: of,
    check: mustHaveClasses,
    async evaluate(request: EvaluationRequest) {
      const { samples } = request;
      const measured = atMost(samples, limit, (kept, all) =>
        log(`retrieval: ${kept} of the ${all} images look for each other ("limit").`),
      );
      const embeddings = await embed(request, measured, of);
      const others = measured.length - 1;
      const beyond = ranks.filter((rank) => rank > others);
      if (beyond.length > 0)
        log(
          `retrieval: an image has ${others} others to find, so there is no recall at ${beyond.join(', ')}.`,
        );
      const known = ranks.filter((rank) => rank <= others);
      const numbers: Record<string, number> = {};
      for (const [output, matrix] of embeddings) {
        const found = await retrievalNumbers(matrix, classesOf(measured), { ranks: known });
        const recall = new Map(ranks.map((rank) => [rank, found.recall.get(rank) ?? NaN]));
        Object.assign(numbers, named({ ...found, recall }, output));
      }
      return numbers;
    },
  };
};

export const retrievalPlugin = plugin({
  token: EVALUATOR,
  name: 'retrieval',
  summary: 'Whether images find others of their class: recall, R-precision, mAP@R',
  when: 'You use the embedding to search: fine-grained classes, or classes that were not trained.',
  source: 'Oh Song et al. 2016, section 5; Musgrave et al. 2020, section 3',
  options: RetrievalOptions,
  uses: { log: LOG },
  create: ({ log, ...options }) => retrieval(options, { say: log }),
});
