import { mul, neg, sign } from '@tensorflow/tfjs-core';
import { OPTIMIZER, plugin, type Transform } from '@understory/core';
import { z } from 'zod';

/** signSGD (Bernstein et al. 2018): each weight moves by the rate, whatever the length of its gradient. */
export const ownPlugin = plugin({
  token: OPTIMIZER,
  name: 'own',
  summary: 'Follows the sign of each gradient',
  options: z.strictObject({}),
  create: (): Transform => ({
    init: () => ({}), // tensors that are kept and saved, by name
    update: (gradients, state, { rate }) => ({
      updates: Object.fromEntries(
        Object.entries(gradients).map(([name, gradient]) => [name, mul(neg(rate), sign(gradient))]),
      ),
      state: { ...state },
    }),
  }),
});
