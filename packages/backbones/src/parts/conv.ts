import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { groupedConv2d } from '../layers/groupedConv2d.ts';
import { connect, type Part } from './connect.ts';
import { norm, type NormOptions } from './basics.ts';

interface Window {
  /** Side of the square kernel in pixels. */
  readonly kernel: number;
  readonly stride?: number;
  /** Pixels of zeros on every side; (kernel − 1) / 2 where nothing is said. */
  readonly padding?: number;
  readonly bias?: boolean;
}

export interface ConvOptions extends Window {
  readonly filters: number;
  readonly groups?: number;
}

/**
 * Zeros on both sides alike, as PyTorch pads: TensorFlow's `same` at stride 2 pads right and bottom alone.
 * After a ReLU the zeros also stand for the −∞ of a padded max-pool.
 */
export const pad = (x: SymbolicTensor, name: string, padding: number): SymbolicTensor =>
  connect(layers.zeroPadding2d({ name, padding: [padding, padding], dataFormat: 'channelsLast' }), x);

/** A window's input and padding: `same` where that is what PyTorch does, else a layer that pads. */
const padded = (
  x: SymbolicTensor,
  name: string,
  { kernel, stride = 1, padding = (kernel - 1) / 2 }: Window,
): readonly [SymbolicTensor, 'same' | 'valid'] => {
  if (padding === 0) return [x, 'valid'];
  if (stride === 1 && 2 * padding === kernel - 1) return [x, 'same'];
  return [pad(x, `${name}/pad`, padding), 'valid'];
};

/** A convolution [B, H, W, I] → [B, ⌊(H + 2·padding − kernel) / stride⌋ + 1, …, filters]. */
export const conv = (x: SymbolicTensor, name: string, options: ConvOptions): SymbolicTensor => {
  const { filters, kernel, stride = 1, bias = false, groups = 1 } = options;
  const [input, padding] = padded(x, name, options);
  if (groups > 1) {
    const shape = input.shape.slice(1) as number[];
    return connect(groupedConv2d({ name, filters, kernel, stride, padding, groups }, shape), input);
  }
  const window = { kernelSize: kernel, strides: stride, padding };
  return connect(
    layers.conv2d({ name, filters, useBias: bias, kernelInitializer: 'zeros', ...window }),
    input,
  );
};

/** A convolution of each channel by itself. */
export const depthwise = (x: SymbolicTensor, name: string, options: Window): SymbolicTensor => {
  const { kernel, stride = 1, bias = false } = options;
  const [input, padding] = padded(x, name, options);
  const window = { kernelSize: kernel, strides: stride, padding };
  return connect(
    layers.depthwiseConv2d({ name, useBias: bias, depthwiseInitializer: 'zeros', ...window }),
    input,
  );
};

export interface ConvNormOptions extends ConvOptions {
  readonly activation?: Part;
  readonly norm?: NormOptions;
}

/** Convolution, batch norm and activation: `<name>/conv`, `<name>/norm`, `<name>/act`. */
export const convNorm = (x: SymbolicTensor, name: string, options: ConvNormOptions): SymbolicTensor => {
  const y = norm(conv(x, `${name}/conv`, options), `${name}/norm`, options.norm);
  return options.activation ? options.activation(y, `${name}/act`) : y;
};

/** The same with a depthwise convolution. */
export const depthwiseNorm = (
  x: SymbolicTensor,
  name: string,
  options: Omit<ConvNormOptions, 'filters'>,
): SymbolicTensor => {
  const y = norm(depthwise(x, `${name}/conv`, options), `${name}/norm`, options.norm);
  return options.activation ? options.activation(y, `${name}/act`) : y;
};

/** Max-pool 3×3 with stride 2 and one pixel of padding, of a map that is nowhere negative. */
export const maxPool3 = (x: SymbolicTensor, name: string): SymbolicTensor =>
  connect(layers.maxPooling2d({ name, poolSize: 3, strides: 2, padding: 'valid' }), pad(x, `${name}/pad`, 1));
