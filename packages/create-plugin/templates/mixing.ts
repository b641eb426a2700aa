import { add, gather, mul, sub } from '@tensorflow/tfjs-core';
import { byName, float32, int32, MIXING, plugin, type Mixing } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: MIXING,
  name: 'own',
  summary: 'Each image and the one after it, in one share for all',
  options: z.strictObject({
    least: z.number().min(0).max(1).default(0.5).describe('least share of an image that stays, 0 to 1'),
  }),
  create: ({ least }): Mixing => ({
    name: 'own',
    sample: (rng, batch) => ({
      share: float32([least + (1 - least) * rng.uniform()], []),
      partners: int32(
        Array.from({ length: batch }, (_, i) => (i + 1) % batch),
        [batch],
      ),
    }),
    apply(images, params) {
      const share = byName(params, 'share'); // []
      const others = gather(images, byName(params, 'partners')); // [B, H, W, 3]
      return add(mul(images, share), mul(others, sub(1, share)));
    },
  }),
});
