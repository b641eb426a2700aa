import {
  add,
  backend,
  Conv2D,
  DepthwiseConv2dNative,
  engine,
  FusedConv2D,
  FusedDepthwiseConv2D,
  reshape,
  tidy,
  type KernelBackend,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { replaceKernel } from './register.ts';

interface Activating extends KernelBackend {
  applyActivation(x: Tensor, name: string, preluWeights?: Tensor, leakyreluAlpha?: number): Tensor;
}

/** A number for each channel, so that it lies along the channels of the layout. */
const alongChannels = (perChannel: Tensor, dataFormat: unknown): Tensor =>
  dataFormat === 'NCHW' && perChannel.rank === 1 && perChannel.size > 1
    ? reshape(perChannel, [perChannel.size, 1, 1])
    : perChannel;

interface FusedInputs {
  readonly x: Tensor;
  readonly filter: Tensor;
  readonly bias?: Tensor | null;
  readonly preluActivationWeights?: Tensor | null;
}

/** Convolution, bias and activation in one call; the convolution is the engine's, of any padding, layout and gaps. */
export const registerFusedConvolutions = (): void => {
  const convolutions = [
    [FusedConv2D, Conv2D],
    [FusedDepthwiseConv2D, DepthwiseConv2dNative],
  ] as const;
  for (const [kernelName, convolution] of convolutions) {
    replaceKernel(kernelName, (inputs, attrs) =>
      tidy(() => {
        const { x, filter, bias, preluActivationWeights: prelu } = inputs as unknown as FusedInputs;
        const y = engine().runKernel<Tensor>(convolution, { x, filter }, attrs);
        const shifted = bias ? add(y, alongChannels(bias, attrs.dataFormat)) : y;
        const slopes = prelu ? alongChannels(prelu, attrs.dataFormat) : undefined;
        const alpha = attrs.leakyreluAlpha as number | undefined;
        return (backend() as Activating).applyActivation(shifted, attrs.activation as string, slopes, alpha);
      }),
    );
  }
};
