import {
  permutation,
  plugin,
  positionsByClass,
  SAMPLER,
  UnderstoryError,
  type Sampler,
  type SamplerRequest,
  type Seed,
} from '@understory/core';
import { z } from 'zod';

export const ClassBalancedOptions = z.strictObject({
  balance: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'how far classes are evened out, no unit: 1 shows each equally often, 0 as often as it has images, 0.5 by the root of that',
    ),
});
export type ClassBalancedOptions = z.input<typeof ClassBalancedOptions>;

/** Positions of each class's images. Throws where images have no class, or a class no image: it cannot be shown at all. */
const positionsOf = ({ groups, classes }: SamplerRequest): readonly Int32Array[] => {
  if (!groups)
    throw new UnderstoryError(
      'no-labels',
      'sampler "class-balanced": the training images have no class each. Choose the sampler "shuffled".',
    );
  const positions = positionsByClass(groups);
  const empty = classes.findIndex((_, label) => (positions[label]?.length ?? 0) === 0);
  if (empty < 0) return positions;
  throw new UnderstoryError(
    'empty-class',
    `sampler "class-balanced": class "${classes[empty]!}" has no training image. Give it some, or leave the class out.`,
  );
};

/** How many images of each class an epoch of `total` shows: shares rounded down or up, at random, so that none gains by it. */
const quotasOf = (shares: readonly number[], total: number, chance: number): number[] => {
  const whole = shares.reduce((a, b) => a + b, 0);
  let seen = 0;
  let counted = 0;
  return shares.map((share, c) => {
    seen += share;
    const until = c === shares.length - 1 ? total : Math.floor((seen / whole) * total + chance);
    const quota = until - counted;
    counted = until;
    return quota;
  });
};

/** Fills with a class's images: all of them in turn, as often as it takes, each round in an order of its own. */
const drawInto = (into: Int32Array, own: Int32Array, seed: Seed): void => {
  for (let from = 0, round = 0; from < into.length; from += own.length, round++) {
    const order = permutation(own.length, seed.at(round).rng()).subarray(0, into.length - from);
    into.set(
      order.map((i) => own[i]!),
      from,
    );
  }
};

/**
 * Shows images of small classes more often and of big ones less, in an epoch of as many images as ever. A class's images
 * come in turn: none comes again before all have come. Where an image comes again, its augmentations are drawn anew.
 */
export const classBalanced = (options: ClassBalancedOptions = {}): Sampler => {
  const { balance } = ClassBalancedOptions.parse(options);
  return (request) => {
    const { length } = request;
    const positions = positionsOf(request);
    const shares = positions.map((own) => own.length ** (1 - balance));
    return (seed) => {
      const quotas = quotasOf(shares, length, seed.at('quotas').rng().uniform());
      const chosen = new Int32Array(length);
      let from = 0;
      for (const [c, own] of positions.entries()) {
        drawInto(chosen.subarray(from, from + quotas[c]!), own, seed.at('class', c));
        from += quotas[c]!;
      }
      return permutation(length, seed.at('order').rng()).map((i) => chosen[i]!);
    };
  };
};

export const classBalancedPlugin = plugin({
  token: SAMPLER,
  name: 'class-balanced',
  summary: 'Each class equally often, whatever its number of images',
  when: 'Some classes have far fewer images than others. Their images come more than once an epoch.',
  source: 'Kang et al., ICLR 2020, class-balanced and (balance 0.5) square-root sampling',
  options: ClassBalancedOptions,
  create: classBalanced,
});
