import {
  add,
  div,
  greater,
  logicalAnd,
  mul,
  neg,
  norm,
  onesLike,
  where,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { mapNamed, withPrefix, OPTIMIZER, plugin, type Transform } from '@understory/core';
import { z } from 'zod';
import { commonOptions, withCommon } from './common.ts';
import { decayOf, decayOptions, isKernel, withDecay } from './decay.ts';
import { zeros } from './named.ts';
import { transform } from './transform.ts';

export const LarsOptions = z.strictObject({
  momentum: z.number().min(0).lt(1).default(0.9).describe('share of the velocity that stays at each step'),
  trust: z.number().positive().default(1e-3).describe('length of a step at rate 1, relative to the weights'),
  epsilon: z.number().min(0).default(1e-8).describe('added to the gradient norm that the step is divided by'),
  ...decayOptions(0, 'kernels'),
  ...commonOptions,
});
export type LarsOptions = z.input<typeof LarsOptions>;
type Settings = z.output<typeof LarsOptions>;

/** trust·‖w‖ / (‖g‖ + wd·‖w‖ + ε), and 1 where either norm is 0. → [] */
const trustRatio = (
  { trust, epsilon }: Settings,
  variable: Tensor,
  gradient: Tensor,
  weightDecay: number,
): Tensor => {
  const [ofWeights, ofGradient] = [norm(variable), norm(gradient)];
  const ratio = div(mul(ofWeights, trust), add(add(ofGradient, mul(ofWeights, weightDecay)), epsilon));
  return where(logicalAnd(greater(ofWeights, 0), greater(ofGradient, 0)), ratio, onesLike(ratio));
};

/**
 * Layer-wise adaptive rate scaling for very big batches (You et al. 2017): SGD with momentum whose steps are proportional
 * to each kernel's norm; biases and batch norm step as in SGD. The rate stands outside of the velocity, as in PyTorch's
 * SGD (the paper has it inside). State `velocity/<name>`.
 */
export const lars = (options: LarsOptions = {}): Transform => {
  const settings = LarsOptions.parse(options);
  const scaled = (gradient: Tensor, variable: Tensor): Tensor => {
    const weightDecay = decayOf(settings, variable);
    const pulled = withDecay(gradient, variable, weightDecay);
    return isKernel(variable) ? mul(pulled, trustRatio(settings, variable, gradient, weightDecay)) : pulled;
  };
  const inner = transform({
    init: (variables) => zeros('velocity', variables),
    update: (gradients, state, { variables, rate }) => {
      const velocity = mapNamed(gradients, (g, name) =>
        add(mul(state[`velocity/${name}`]!, settings.momentum), scaled(g, variables[name]!)),
      );
      return {
        updates: mapNamed(velocity, (v) => mul(v, neg(rate))),
        state: withPrefix('velocity/', velocity),
      };
    },
  });
  return withCommon(settings, inner);
};

export const larsPlugin = plugin({
  token: OPTIMIZER,
  name: 'lars',
  summary: 'SGD with steps proportional to each layer, for very big batches',
  when: 'Batches of thousands of images, as in SimCLR and BYOL.',
  source: 'You et al. 2017',
  options: LarsOptions,
  create: lars,
});
