import { RaggedGather, RaggedRange, RaggedTensorToTensor, type Tensor } from '@tensorflow/tfjs-core';
import { nativeOps } from '../nativeOp.ts';
import { replaceKernel } from '../register.ts';
import { onHost, orOnHost } from './host.ts';

/** Rows of different lengths: values, and where each row begins in them (its splits, int32). */
export const registerRagged = (): void => {
  replaceKernel(
    RaggedGather,
    orOnHost(RaggedGather, (inputs, { outputRaggedRank }) => {
      const { paramsNestedSplits, paramsDenseValues, indices } = inputs as {
        paramsNestedSplits: Tensor[];
        paramsDenseValues: Tensor;
        indices: Tensor;
      };
      const rank = outputRaggedRank as number;
      const options = {
        Tvalues: { type: paramsDenseValues.dtype },
        Tindices: { type: indices.dtype },
        Tsplits: { type: 'int32' },
        PARAMS_RAGGED_RANK: { int: paramsNestedSplits.length },
        OUTPUT_RAGGED_RANK: { int: rank },
      } as const;
      return nativeOps(
        'RaggedGather',
        options,
        [...paramsNestedSplits, paramsDenseValues, indices],
        rank + 1,
      );
    }),
  );
  replaceKernel(
    RaggedRange,
    orOnHost(RaggedRange, (inputs) => {
      const { starts, limits, deltas } = inputs as Record<'starts' | 'limits' | 'deltas', Tensor>;
      const options = { T: { type: starts.dtype }, Tsplits: { type: 'int32' } } as const;
      return nativeOps('RaggedRange', options, [starts, limits, deltas], 2);
    }),
  );
  // Its op takes a list of texts as an attribute, which tfjs's binding cannot hand over.
  replaceKernel(RaggedTensorToTensor, (inputs, attrs) => onHost(RaggedTensorToTensor, inputs, attrs));
};
