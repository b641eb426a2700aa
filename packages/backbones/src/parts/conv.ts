import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';
import { connect } from './connect.ts';

export interface ConvOptions {
  readonly filters: number;
  /** Side of the square kernel in pixels. */
  readonly kernel: number;
  readonly stride?: number;
  /** Pixels of zeros on every side; (kernel − 1) / 2 where nothing is said. */
  readonly padding?: number;
  readonly bias?: boolean;
}

/**
 * Zeros on both sides alike, as PyTorch pads: TensorFlow's `same` at stride 2 pads right and bottom alone.
 * After a ReLU the zeros also stand for the −∞ of a padded max-pool.
 */
export const pad = (x: SymbolicTensor, name: string, padding: number): SymbolicTensor =>
  connect(layers.zeroPadding2d({ name, padding: [padding, padding], dataFormat: 'channelsLast' }), x);

/** How a window of odd size gets its padding: `same` where that is what PyTorch does, else a layer of its own. */
export const padded = (
  x: SymbolicTensor,
  name: string,
  { kernel, stride = 1, padding = (kernel - 1) / 2 }: Pick<ConvOptions, 'kernel' | 'stride' | 'padding'>,
): readonly [SymbolicTensor, 'same' | 'valid'] => {
  if (padding === 0) return [x, 'valid'];
  if (stride === 1 && padding === (kernel - 1) / 2) return [x, 'same'];
  return [pad(x, `${name}/pad`, padding), 'valid'];
};

/** A convolution [B, H, W, I] → [B, ⌊(H + 2·padding − kernel) / stride⌋ + 1, …, filters]. */
export const conv = (x: SymbolicTensor, name: string, options: ConvOptions): SymbolicTensor => {
  const { filters, kernel, stride = 1, bias = false } = options;
  const [input, padding] = padded(x, name, options);
  const layer = layers.conv2d({
    name,
    filters,
    kernelSize: kernel,
    strides: stride,
    padding,
    useBias: bias,
    kernelInitializer: 'zeros',
  });
  return connect(layer, input);
};
