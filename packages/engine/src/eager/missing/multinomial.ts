import { log, Multinomial, scalar, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { nativeOp } from '../nativeOp.ts';
import { nativeKernel } from '../register.ts';

/** tfjs gives a number under 1 where nobody gave a seed. */
const seedOf = (seed: number): [number, number] =>
  Number.isInteger(seed) ? [seed | 0, 0] : [Math.floor(seed * 2 ** 31), 1];

/**
 * Classes drawn by their logits, or by their probabilities where they are `normalized`: the same ones for the same seed. The
 * op that tfjs-node takes goes on where its last draw ended.
 */
export const registerMultinomial = (): void => {
  nativeKernel(Multinomial, ['logits'], ({ logits }, { numSamples, seed, normalized }) =>
    tidy(() => {
      const options = {
        T: { type: logits.dtype },
        Tseed: { type: 'int32' },
        output_dtype: { type: 'int32' },
      } as const;
      const seeds = tensor1d(seedOf(seed as number), 'int32');
      const samples = scalar(numSamples as number, 'int32');
      return nativeOp('StatelessMultinomial', options, [normalized ? log(logits) : logits, samples, seeds]);
    }),
  );
};
