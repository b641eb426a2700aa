import {
  add,
  FusedBatchNorm,
  getGradient,
  mul,
  registerGradient,
  rsqrt,
  tensor1d,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAINING } from '@understory/core';
import { nativeOps, type Attributes } from './nativeOp.ts';
import { nativeGradient, nativeKernel, type Gradient } from './register.ts';

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
  const [y, mean, variance, ...reserved] = nativeOps(
    'FusedBatchNormV3',
    options,
    [x, scale, offset, none, none],
    6,
  );
  for (const t of [none, ...reserved]) t.dispose();
  return [y!, mean!, variance!];
};

// One op gives all three, so it runs when the first is asked for: tfjs tidies up after each of them.
const gradients = (
  inputs: readonly Tensor[],
  options: Attributes,
): Record<'x' | 'scale' | 'offset', () => Tensor> => {
  const [x, scale, offset] = nativeOps('FusedBatchNormGradV3', options, inputs, 5);
  return { x: () => x!, scale: () => scale!, offset: () => offset! };
};

/**
 * What TensorFlow's gradient wants to know of the forward pass besides the mean. Its kernels for CPUs keep the biased
 * variance and those for GPUs one over the standard deviation.
 */
const spread = (variance: Tensor, x: Tensor, epsilon: number, gpu: boolean): Tensor => {
  const n = x.size / x.shape.at(-1)!;
  const biased = mul(variance, (n - 1) / n);
  return gpu ? rsqrt(add(biased, epsilon)) : biased;
};

const registerTraining = (gpu: boolean): void => {
  nativeKernel(BATCH_NORM_TRAINING, ({ x, scale, offset }, { epsilon }) =>
    normalize(x!, scale!, offset!, epsilon as number),
  );
  registerGradient({
    kernelName: BATCH_NORM_TRAINING,
    inputsToSave: ['x', 'scale'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, [x, scale, mean, variance], attrs) => {
      const epsilon = attrs.epsilon as number;
      const inputs = [
        (dys as Tensor[])[0]!,
        x!,
        scale!,
        mean!,
        spread(variance!, x!, epsilon, gpu),
        tensor1d([]),
      ];
      return gradients(inputs, attributes(x!, epsilon, true));
    },
  });
};

/** By running statistics, for frozen layers. Gradients of the statistics themselves are left to tfjs's formula. */
const registerInference = (): void => {
  const { gradFunc } = getGradient(FusedBatchNorm);
  const gradient: Gradient = (dy, saved, attrs) => {
    const [x, mean, variance, scale] = saved;
    const composed = (): ReturnType<Gradient> => gradFunc(dy, saved, attrs);
    if (mean!.rank !== 1 || !scale) return composed();
    const options = attributes(x!, attrs.varianceEpsilon as number, false);
    return {
      ...gradients([dy, x!, scale, mean!, variance!, tensor1d([])], options),
      mean: () => composed().mean!(),
      variance: () => composed().variance!(),
    };
  };
  nativeGradient(FusedBatchNorm, gradient);
};

/** Batch norm in one op and its gradient in another. `gpu` says whose kernels run. */
export const registerBatchNorm = (gpu: boolean): void => {
  registerTraining(gpu);
  registerInference();
};
