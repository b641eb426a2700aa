import { add, div, mul, neg, sqrt, square } from '@tensorflow/tfjs-core';
import { mapNamed, withPrefix, OPTIMIZER, plugin, type Transform } from '@understory/core';
import { z } from 'zod';
import { commonOptions, withCommon } from './common.ts';
import { decayOf, decayOptions, withDecay } from './decay.ts';
import { zeros } from './named.ts';
import { transform } from './transform.ts';

export const RmsPropOptions = z.strictObject({
  smoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0.99)
    .describe('share of the mean squared gradient that stays at each step'),
  momentum: z.number().min(0).lt(1).default(0).describe('share of the velocity that stays at each step'),
  epsilon: z.number().positive().default(1e-8).describe('added to the root of the mean squared gradient'),
  ...decayOptions(0),
  ...commonOptions,
});
export type RmsPropOptions = z.input<typeof RmsPropOptions>;

/** RMSProp as PyTorch does it (Hinton's lecture 6e), weight decay in the gradient. State `square/<name>`, `velocity/<name>`. */
export const rmsProp = (options: RmsPropOptions = {}): Transform => {
  const settings = RmsPropOptions.parse(options);
  const { smoothing, momentum, epsilon } = settings;
  const inner = transform({
    init: (variables) => ({ ...zeros('square', variables), ...zeros('velocity', variables) }),
    update: (gradients, state, { variables, rate }) => {
      const pulled = mapNamed(gradients, (g, name) =>
        withDecay(g, variables[name]!, decayOf(settings, variables[name]!)),
      );
      const squares = mapNamed(pulled, (g, name) =>
        add(mul(state[`square/${name}`]!, smoothing), mul(square(g), 1 - smoothing)),
      );
      const velocity = mapNamed(pulled, (g, name) =>
        add(mul(state[`velocity/${name}`]!, momentum), div(g, add(sqrt(squares[name]!), epsilon))),
      );
      return {
        updates: mapNamed(velocity, (v) => mul(v, neg(rate))),
        state: { ...withPrefix('square/', squares), ...withPrefix('velocity/', velocity) },
      };
    },
  });
  return withCommon(settings, inner);
};

export const rmsPropPlugin = plugin({
  token: OPTIMIZER,
  name: 'rmsprop',
  summary: 'Gradients divided by their recent size',
  when: 'Mobile networks, as their authors train them.',
  source: "Tieleman and Hinton 2012, as PyTorch's RMSprop",
  options: RmsPropOptions,
  create: rmsProp,
});
