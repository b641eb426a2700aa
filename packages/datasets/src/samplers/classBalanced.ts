import { permutation, plugin, SAMPLER, UnderstoryError, type Sampler, type Seed } from '@understory/core';
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

/** Positions of each class's images. Throws where a class has none: it cannot be shown at all. */
const byClass = (labels: Int32Array, classes: readonly string[]): readonly Int32Array[] => {
  const counts = new Int32Array(classes.length);
  for (const label of labels) counts[label]! += 1;
  const empty = counts.indexOf(0);
  if (empty >= 0)
    throw new UnderstoryError(
      'empty-class',
      `sampler "class-balanced": class "${classes[empty]!}" has no training image. Give it some, or leave the class out.`,
    );
  const positions = Array.from(counts, (count) => new Int32Array(count));
  const next = new Int32Array(classes.length);
  labels.forEach((label, position) => {
    positions[label]![next[label]!++] = position;
  });
  return positions;
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
  return ({ labels, classes }) => {
    const positions = byClass(labels, classes);
    const shares = positions.map((own) => own.length ** (1 - balance));
    return (seed) => {
      const quotas = quotasOf(shares, labels.length, seed.at('quotas').rng().uniform());
      const chosen = new Int32Array(labels.length);
      let from = 0;
      for (const [c, own] of positions.entries()) {
        drawInto(chosen.subarray(from, from + quotas[c]!), own, seed.at('class', c));
        from += quotas[c]!;
      }
      return permutation(labels.length, seed.at('order').rng()).map((i) => chosen[i]!);
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
