import { mean, square, sum, type Scalar } from '@tensorflow/tfjs-core';
import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import { weight } from '@understory/core/zod';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: OBJECTIVE,
  name: 'own',
  summary: 'Keeps the pooled feature short',
  options: z.strictObject({ weight: weight(0.01) }),
  create: ({ weight }): Objective => ({
    name: 'own',
    build: () => ({
      modules: {}, // heads that are trained with the backbone and dropped at inference, by name
      terms({ rows, pooled }) {
        const seen = rows(pooled, { view: 0 }); // [B, D]
        return { terms: { length: { value: mean<Scalar>(sum(square(seen), 1)), weight } } };
      },
    }),
  }),
});
