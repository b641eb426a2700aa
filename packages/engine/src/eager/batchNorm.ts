import {
  add,
  FusedBatchNorm,
  mul,
  registerGradient,
  rsqrt,
  tensor1d,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAINING } from '@understory/core';
import { nativeOps, type Attributes } from './nativeOp.ts';
import { firstOf, named, nativeGradient, nativeKernel } from './register.ts';

const attributes = (x: TensorInfo, epsilon: number, training: boolean): Attributes => ({
  T: { type: x.dtype },
  U: { type: 'float32' },
  epsilon: { float: epsilon },
  data_format: { text: 'NHWC' },
  is_training: { flag: training },
});

/** x [B, H, W, C], scale and offset [C] → y, the batch's mean, and its variance divided by n − 1. */
const normalize = (x: TensorInfo, scale: TensorInfo, offset: TensorInfo, epsilon: number): Tensor[] => {
  const none = tensor1d([]); // no running averages go in
  const options: Attributes = { ...attributes(x, epsilon, true), exponential_avg_factor: { float: 1 } };
  const results = nativeOps('FusedBatchNormV3', options, [x, scale, offset, none, none], 6);
  for (const t of [none, ...results.slice(3)]) t.dispose(); // the rest is TensorFlow's own
  return results.slice(0, 3);
};

// One op gives all three, so it runs when the first is asked for: tfjs tidies up after each of them.
const gradients = (
  inputs: readonly Tensor[],
  options: Attributes,
): Record<'x' | 'scale' | 'offset', () => Tensor> => {
  const op = 'FusedBatchNormGradV3';
  const { x, scale, offset } = named(op, ['x', 'scale', 'offset'], nativeOps(op, options, inputs, 5));
  return { x: () => x, scale: () => scale, offset: () => offset };
};

/**
 * What TensorFlow's gradient wants to know of the forward pass besides the mean. Its kernels for CPUs keep the biased
 * variance and those for GPUs one over the standard deviation.
 */
const spread = (variance: Tensor, x: Tensor, epsilon: number, gpu: boolean): Tensor => {
  const n = x.size / variance.size;
  const biased = mul(variance, (n - 1) / n);
  return gpu ? rsqrt(add(biased, epsilon)) : biased;
};

const SAVED = ['x', 'scale', 'mean', 'variance'] as const;

const registerTraining = (gpu: boolean): void => {
  nativeKernel(BATCH_NORM_TRAINING, ['x', 'scale', 'offset'], ({ x, scale, offset }, { epsilon }) =>
    normalize(x, scale, offset, epsilon as number),
  );
  registerGradient({
    kernelName: BATCH_NORM_TRAINING,
    inputsToSave: ['x', 'scale'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved, attrs) => {
      const { x, scale, mean, variance } = named(BATCH_NORM_TRAINING, SAVED, saved);
      const epsilon = attrs.epsilon as number;
      const inputs = [firstOf(dys), x, scale, mean, spread(variance, x, epsilon, gpu), tensor1d([])];
      return gradients(inputs, attributes(x, epsilon, true));
    },
  });
};

/** By running statistics, for frozen layers. Gradients of the statistics themselves are left to tfjs's formula. */
const registerInference = (): void => {
  nativeGradient(FusedBatchNorm, { names: ['x', 'mean', 'variance'] }, (backward) => {
    const { dy, saved, others, attrs, composed } = backward;
    const { x, mean, variance } = saved;
    const [scale] = others;
    if (mean.rank !== 1 || !scale) return composed();
    const options = attributes(x, attrs.varianceEpsilon as number, false);
    return {
      ...gradients([dy, x, scale, mean, variance, tensor1d([])], options),
      mean: () => named(FusedBatchNorm, ['mean'], [composed().mean?.()]).mean,
      variance: () => named(FusedBatchNorm, ['variance'], [composed().variance?.()]).variance,
    };
  });
};

/** Batch norm in one op and its gradient in another. `gpu` says whose kernels run. */
export const registerBatchNorm = (gpu: boolean): void => {
  registerTraining(gpu);
  registerInference();
};
