import {
  SparseFillEmptyRows,
  SparseReshape,
  SparseSegmentMean,
  SparseSegmentSum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { nativeOp } from '../nativeOp.ts';
import { replaceKernel } from '../register.ts';
import { orOnHost } from './host.ts';
import { wideOps } from './wideOp.ts';

/** Sums or means of the rows of `data` that `indices` names, by segment. */
const registerSegments = (kernelName: string): void => {
  replaceKernel(
    kernelName,
    orOnHost(kernelName, (inputs) => {
      const { data, indices, segmentIds } = inputs as Record<'data' | 'indices' | 'segmentIds', Tensor>;
      const options = {
        T: { type: data.dtype },
        Tidx: { type: 'int32' },
        Tsegmentids: { type: 'int32' },
      } as const;
      return nativeOp(kernelName, options, [data, indices, segmentIds]);
    }),
  );
};

/** Tensors of which only some elements are kept: their indices [N, rank], values [N] and dense shape. */
export const registerSparse = (): void => {
  registerSegments(SparseSegmentSum);
  registerSegments(SparseSegmentMean);
  replaceKernel(
    SparseFillEmptyRows,
    orOnHost(SparseFillEmptyRows, (inputs) => {
      type Name = 'indices' | 'values' | 'denseShape' | 'defaultValue';
      const { indices, values, denseShape, defaultValue } = inputs as Record<Name, Tensor>;
      const all = [indices, values, denseShape, defaultValue];
      return wideOps(SparseFillEmptyRows, { T: { type: values.dtype } }, all, { outputs: 4, wide: [0, 2] });
    }),
  );
  replaceKernel(
    SparseReshape,
    orOnHost(SparseReshape, (inputs) => {
      type Name = 'inputIndices' | 'inputShape' | 'newShape';
      const { inputIndices, inputShape, newShape } = inputs as Record<Name, Tensor>;
      const all = [inputIndices, inputShape, newShape];
      return wideOps(SparseReshape, {}, all, { outputs: 2, wide: [0, 1, 2] });
    }),
  );
};
