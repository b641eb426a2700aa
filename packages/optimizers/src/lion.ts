import { add, mul, neg, sign } from '@tensorflow/tfjs-core';
import { mapNamed, withPrefix, OPTIMIZER, plugin, type Transform } from '@understory/core';
import { z } from 'zod';
import { commonOptions, withCommon } from './common.ts';
import { decayOf, decayOptions, withDecay } from './decay.ts';
import { zeros } from './named.ts';
import { transform } from './transform.ts';

export const LionOptions = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9).describe('share of the mean gradient in the step'),
  beta2: z.number().min(0).lt(1).default(0.99).describe('share of the mean gradient that stays at each step'),
  ...decayOptions(0),
  ...commonOptions,
});
export type LionOptions = z.input<typeof LionOptions>;

/**
 * Lion (Chen et al. 2023, algorithm 2): every weight moves by the rate, in the direction of the sign; decoupled weight
 * decay. Wants rates 3 to 10 times smaller than AdamW's. State `mean/<name>`.
 */
export const lion = (options: LionOptions = {}): Transform => {
  const settings = LionOptions.parse(options);
  const { beta1, beta2 } = settings;
  const inner = transform({
    init: (variables) => zeros('mean', variables),
    update: (gradients, state, { variables, rate }) => {
      const mix = (beta: number) =>
        mapNamed(gradients, (g, name) => add(mul(state[`mean/${name}`]!, beta), mul(g, 1 - beta)));
      const updates = mapNamed(mix(beta1), (blend, name) => {
        const variable = variables[name]!;
        return mul(withDecay(sign(blend), variable, decayOf(settings, variable)), neg(rate));
      });
      return { updates, state: withPrefix('mean/', mix(beta2)) };
    },
  });
  return withCommon(settings, inner);
};

export const lionPlugin = plugin({
  token: OPTIMIZER,
  name: 'lion',
  summary: 'Steps of the same size everywhere, in the direction of the sign',
  when: 'As adamw, with one buffer in place of two; rates 3 to 10 times smaller.',
  source: 'Chen et al. 2023',
  options: LionOptions,
  create: lion,
});
