import { tidy } from '@tensorflow/tfjs-core';
import { float32, MIXING, plugin, type Mixing } from '@understory/core';
import { z } from 'zod';
import { choose } from '../pixels/pixels.ts';
import { alpha, drawBeta } from './beta.ts';
import { drawPartners, ofPartners, pairing } from './partners.ts';

export const MixupOptions = z.strictObject({
  alpha: alpha().describe('shares are drawn from Beta(alpha, alpha): 1 for CIFAR, 0.2 for ImageNet'),
  pairs: pairing,
});
export type MixupOptions = z.input<typeof MixupOptions>;

/** Weighted means of pairs of images (Zhang et al. 2018); one share a batch. Results are not whole numbers. */
export const mixup = (options: MixupOptions = {}): Mixing => {
  const parsed = MixupOptions.parse(options);
  return {
    name: 'mixup',
    sample: (rng, batch) => ({
      share: float32([drawBeta(rng, parsed.alpha)], []),
      partners: drawPartners(rng, batch, parsed.pairs),
    }),
    apply: (images, { share, partners }) => tidy(() => choose(share!, images, ofPartners(images, partners!))),
  };
};

export const mixupPlugin = plugin({
  token: MIXING,
  name: 'mixup',
  summary: 'Weighted means of pairs of images, and of their losses',
  when: 'You train long, or on few images: the network learns straight lines between classes.',
  source: 'Zhang et al., ICLR 2018',
  options: MixupOptions,
  create: mixup,
});
