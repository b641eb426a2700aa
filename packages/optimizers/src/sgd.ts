import { add, mul, neg, zerosLike, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { OPTIMIZER, plugin, type Transform } from '@understory/core';
import { z } from 'zod';

export const SgdOptions = z.strictObject({
  momentum: z.number().min(0).lt(1).default(0.9).describe('share of the velocity that stays at each step'),
  nesterov: z.boolean().default(false).describe('look ahead by one velocity (Nesterov)'),
  weightDecay: z
    .number()
    .min(0)
    .default(5e-4)
    .describe('pull of every weight towards 0, per step and unit of rate'),
  decoupled: z
    .boolean()
    .default(false)
    .describe('decay weights directly (Loshchilov & Hutter 2019) instead of through the velocity'),
});
export type SgdOptions = z.input<typeof SgdOptions>;

const velocityOf = (name: string): string => `velocity/${name}`;

/**
 * SGD with momentum as PyTorch has it: v ← m·v + (g + d·w), w ← w − rate·v; the rate stays outside of the velocity, so
 * that a drop of the rate acts at once. Nesterov steps along g + m·v. Every trained weight decays, as in the paper.
 */
export const sgd = (options: SgdOptions = {}): Transform => {
  const { momentum, nesterov, weightDecay, decoupled } = SgdOptions.parse(options);
  return {
    init: (variables) =>
      Object.fromEntries(Object.entries(variables).map(([name, v]) => [velocityOf(name), zerosLike(v)])),
    update(gradients, state, { variables, rate }) {
      const updates: NamedTensorMap = {};
      const next: NamedTensorMap = {};
      for (const [name, gradient] of Object.entries(gradients)) {
        const weight = variables[name]!;
        const pull = (g: Tensor): Tensor => (weightDecay > 0 ? add(g, mul(weight, weightDecay)) : g);
        const g = decoupled ? gradient : pull(gradient);
        const velocity = add(mul(state[velocityOf(name)]!, momentum), g);
        const along = nesterov ? add(g, mul(velocity, momentum)) : velocity;
        next[velocityOf(name)] = velocity;
        updates[name] = neg(mul(decoupled ? pull(along) : along, rate));
      }
      return { updates, state: next };
    },
  };
};

export const sgdPlugin = plugin({
  token: OPTIMIZER,
  name: 'sgd',
  summary: 'Stochastic gradient descent with momentum',
  options: SgdOptions,
  create: sgd,
});
