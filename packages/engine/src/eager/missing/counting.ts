import { BitwiseAnd, DenseBincount, scalar, SearchSorted, tidy } from '@tensorflow/tfjs-core';
import { nativeOp } from '../nativeOp.ts';
import { nativeKernel } from '../register.ts';

/** How often each whole number comes, where numbers belong in a sorted row, and which bits two of them share. */
export const registerCounting = (): void => {
  nativeKernel(DenseBincount, ['x', 'weights'], ({ x, weights }, { size, binaryOutput }) =>
    tidy(() => {
      const options = {
        Tidx: { type: 'int32' },
        T: { type: weights.dtype },
        binary_output: { flag: binaryOutput as boolean },
      } as const;
      return nativeOp(DenseBincount, options, [x, scalar(size as number, 'int32'), weights]);
    }),
  );
  nativeKernel(SearchSorted, ['sortedSequence', 'values'], ({ sortedSequence, values }, { side }) => {
    const options = { T: { type: values.dtype }, out_type: { type: 'int32' } } as const;
    return nativeOp(side === 'left' ? 'LowerBound' : 'UpperBound', options, [sortedSequence, values]);
  });
  nativeKernel(BitwiseAnd, ['a', 'b'], ({ a, b }) => nativeOp(BitwiseAnd, { T: { type: 'int32' } }, [a, b]));
};
