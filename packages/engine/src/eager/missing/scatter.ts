import { reshape, ScatterNd, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { nativeOp } from '../nativeOp.ts';
import { nativeKernel } from '../register.ts';

/** tfjs takes a list of rows where TensorFlow wants each index in a row of its own. */
const asRows = (indices: Tensor): Tensor =>
  indices.rank === 1 ? reshape(indices, [indices.size, 1]) : indices;

/** Values added up at their places in a tensor of zeros. */
export const registerScatter = (): void => {
  nativeKernel(ScatterNd, ['indices', 'updates'], ({ indices, updates }, { shape }) =>
    tidy(() => {
      const options = { T: { type: updates.dtype }, Tindices: { type: 'int32' } } as const;
      const sizes = tensor1d(shape as number[], 'int32');
      return nativeOp(ScatterNd, options, [asRows(indices), updates, sizes]);
    }),
  );
};
