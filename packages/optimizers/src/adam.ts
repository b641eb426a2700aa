import { add, div, expm1, mul, neg, sqrt, square, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { mapNamed, withPrefix, OPTIMIZER, plugin, type Transform } from '@understory/core';
import { z } from 'zod';
import { commonOptions, withCommon, type Common } from './common.ts';
import { decayOf, decayOptions, withDecay, type Decay } from './decay.ts';
import { byStepsOf, zeros } from './named.ts';
import { transform } from './transform.ts';

const moments = {
  beta1: z.number().min(0).lt(1).default(0.9).describe('share of the mean gradient that stays at each step'),
  beta2: z
    .number()
    .min(0)
    .lt(1)
    .default(0.999)
    .describe('share of the mean squared gradient that stays at each step'),
  epsilon: z.number().positive().default(1e-8).describe('added to the root of the mean squared gradient'),
};
export const AdamOptions = z.strictObject({ ...moments, ...decayOptions(0), ...commonOptions });
export type AdamOptions = z.input<typeof AdamOptions>;
export const AdamWOptions = z.strictObject({ ...moments, ...decayOptions(0.01), ...commonOptions });
export type AdamWOptions = z.input<typeof AdamWOptions>;

interface Settings extends Decay, Common {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** 1 − β^t for t = step + 1; by expm1, since float32 loses 1 − 0.999 in the subtraction. */
const correction = (beta: number, step: Scalar): Tensor =>
  beta === 0 ? add(mul(step, 0), 1) : neg(expm1(mul(add(step, 1), Math.log(beta))));

const adamWith = (settings: Settings, decoupled: boolean): Transform => {
  const { beta1, beta2, epsilon } = settings;
  const average = (old: Tensor, now: Tensor, beta: number): Tensor => add(mul(old, beta), mul(now, 1 - beta));
  const inner = transform({
    init: (variables) => ({ ...zeros('mean', variables), ...zeros('square', variables) }),
    update: (gradients, state, context) => {
      const { variables, rate } = context;
      const decay = (name: string): number => decayOf(settings, variables[name]!);
      const pulled = decoupled
        ? gradients
        : mapNamed(gradients, (g, name) => withDecay(g, variables[name]!, decay(name)));
      const mean = mapNamed(pulled, (g, name) => average(state[`mean/${name}`]!, g, beta1));
      const squares = mapNamed(pulled, (g, name) => average(state[`square/${name}`]!, square(g), beta2));
      const corrections = byStepsOf(context, (step) => ({
        ofMean: correction(beta1, step),
        ofSquares: sqrt(correction(beta2, step)),
      }));
      const updates = mapNamed(mean, (m, name) => {
        const { ofMean, ofSquares } = corrections(name);
        const way = div(div(m, ofMean), add(div(sqrt(squares[name]!), ofSquares), epsilon));
        return mul(decoupled ? withDecay(way, variables[name]!, decay(name)) : way, neg(rate));
      });
      return { updates, state: { ...withPrefix('mean/', mean), ...withPrefix('square/', squares) } };
    },
  });
  return withCommon(settings, inner);
};

/** Adam (Kingma & Ba 2015, algorithm 1); weight decay is added to the gradient. State `mean/<name>`, `square/<name>`. */
export const adam = (options: AdamOptions = {}): Transform => adamWith(AdamOptions.parse(options), false);

/** AdamW (Loshchilov & Hutter 2019, algorithm 2): weight decay, times the rate, is taken from the weights. */
export const adamW = (options: AdamWOptions = {}): Transform => adamWith(AdamWOptions.parse(options), true);

export const adamPlugin = plugin({
  token: OPTIMIZER,
  name: 'adam',
  summary: 'Adam, with weight decay in the gradient',
  when: 'Little time to tune the rate; decay counts as part of the gradient.',
  source: "Kingma and Ba 2015, as PyTorch's Adam",
  options: AdamOptions,
  create: adam,
});

export const adamWPlugin = plugin({
  token: OPTIMIZER,
  name: 'adamw',
  summary: 'Adam with decoupled weight decay',
  when: 'Transformers and ConvNeXt; decay apart from the gradient.',
  source: "Loshchilov and Hutter 2019, as PyTorch's AdamW",
  options: AdamWOptions,
  create: adamW,
});
