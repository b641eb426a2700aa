import { add, minimum, mul, neg, sub, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { mapNamed, withPrefix, OPTIMIZER, plugin, UnderstoryError, type Transform } from '@understory/core';
import { z } from 'zod';
import { commonOptions, withCommon } from './common.ts';
import { decayOf, decayOptions, withDecay } from './decay.ts';
import { byStepsOf, zeros, type Named } from './named.ts';
import { transform } from './transform.ts';

export const SgdOptions = z.strictObject({
  momentum: z.number().min(0).lt(1).default(0.9).describe('share of the velocity that stays at each step'),
  nesterov: z.boolean().default(false).describe('looks one step ahead along the velocity'),
  dampening: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('share of a gradient that is left out of the velocity'),
  ...decayOptions(5e-4),
  decoupled: z
    .boolean()
    .default(false)
    .describe('weight decay is taken from the weights (times the rate) instead of added to the gradient'),
  ...commonOptions,
});
export type SgdOptions = z.input<typeof SgdOptions>;
type Settings = z.output<typeof SgdOptions>;

/** The velocity's next value: m·v + (1 − dampening)·g, and g itself at the first step. */
const velocityOf = ({ momentum, dampening }: Settings, v: Tensor, gradient: Tensor, step: Scalar): Tensor => {
  const share = dampening === 0 ? gradient : mul(gradient, sub(1, mul(minimum(step, 1), dampening)));
  return add(mul(v, momentum), share);
};

/**
 * Stochastic gradient descent as PyTorch does it: v ← m·v + (g + wd·w), w ← w − rate·v, the rate outside of the velocity.
 * State `velocity/<name>` where there is momentum. Throws `bad-option` for Nesterov without momentum or with dampening.
 */
export const sgd = (options: SgdOptions = {}): Transform => {
  const settings = SgdOptions.parse(options);
  const { momentum, nesterov, decoupled } = settings;
  if (nesterov && (momentum === 0 || settings.dampening > 0))
    throw new UnderstoryError('bad-option', 'Nesterov needs a momentum above 0 and a dampening of 0.');
  const direct = (gradients: Named, variables: Named): Named =>
    decoupled
      ? gradients
      : mapNamed(gradients, (g, name) => withDecay(g, variables[name]!, decayOf(settings, variables[name]!)));
  const inner = transform({
    init: (variables) => (momentum === 0 ? {} : zeros('velocity', variables)),
    update: (gradients, state, context) => {
      const { variables, rate } = context;
      const stepOf = byStepsOf(context, (step) => step);
      const pulled = direct(gradients, variables);
      const velocity =
        momentum === 0
          ? pulled
          : mapNamed(pulled, (g, name) => velocityOf(settings, state[`velocity/${name}`]!, g, stepOf(name)));
      const way = nesterov ? mapNamed(pulled, (g, name) => add(g, mul(velocity[name]!, momentum))) : velocity;
      const full = decoupled
        ? mapNamed(way, (d, name) => withDecay(d, variables[name]!, decayOf(settings, variables[name]!)))
        : way;
      return {
        updates: mapNamed(full, (d) => mul(d, neg(rate))),
        state: momentum === 0 ? {} : withPrefix('velocity/', velocity),
      };
    },
  });
  return withCommon(settings, inner);
};

export const sgdPlugin = plugin({
  token: OPTIMIZER,
  name: 'sgd',
  summary: 'Stochastic gradient descent with momentum',
  when: 'Convolutional networks: the default, as in the released code.',
  source: "Sutskever et al. 2013 (momentum), as PyTorch's SGD",
  options: SgdOptions,
  create: sgd,
});
