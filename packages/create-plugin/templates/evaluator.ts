import { byName, EVALUATOR, plugin, type Evaluator } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: EVALUATOR,
  name: 'own',
  summary: 'Share of the pooled feature that is not zero',
  options: z.strictObject({}),
  create: (): Evaluator => ({
    name: 'own',
    when: 'end',
    reads: ['pooled'],
    async evaluate(request) {
      const { data } = byName(await request.infer(request.samples, ['pooled']), 'pooled'); // [N, D]
      return { own: data.filter((value) => value > 0).length / data.length };
    },
  }),
});
