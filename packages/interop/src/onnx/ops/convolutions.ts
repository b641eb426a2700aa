import { UnderstoryError, type NdArray } from '@understory/core';
import { FREE } from '../../graph/freeBatch.ts';
import type { Attributes } from '../onnxWriter.ts';
import { flag, number, text, wholeNumbers } from '../../graph/attributes.ts';
import { eightBits } from '../../graph/eightBits.ts';
import { transposed } from '../../graph/transposed.ts';
import { dequantized } from '../weightStore.ts';
import type { OpCall, OpTable, WriteOp } from '../opCall.ts';

type Pair = readonly [height: number, width: number];

/** The two sides of maps among four numbers, one for each side of [B, H, W, C]. */
const sidesOf = ([, height = 1, width = 1]: readonly number[]): Pair => [height, width];

const mustBeLast = ({ node }: OpCall): void => {
  const format = text(node, 'data_format');
  if (format === '' || format === 'NHWC') return;
  throw new UnderstoryError('export', `${node.op} has its channels first, which tfjs does not record.`);
};

/** Zeros before and after along one side, as TensorFlow adds them where a map shall keep its size. */
const around = (size: number, window: number, stride: number): Pair => {
  const missing = Math.max(0, (Math.ceil(size / stride) - 1) * stride + window - size);
  return [Math.floor(missing / 2), Math.ceil(missing / 2)];
};

/** Zeros around maps: [top, left, bottom, right]. */
const padsOf = (call: OpCall, window: Pair, strides: Pair): number[] => {
  const padding = text(call.node, 'padding');
  if (padding === 'VALID') return [0, 0, 0, 0];
  if (padding === 'EXPLICIT') {
    const [, , top, bottom, left, right] = wholeNumbers(call.node, 'explicit_paddings');
    return [top!, left!, bottom!, right!];
  }
  const [height, width] = sidesOf(call.shape(0));
  const [top, bottom] = around(height, window[0], strides[0]);
  const [left, right] = around(width, window[1], strides[1]);
  return [top, left, bottom, right];
};

/** An int32 holds a bias of this many steps, with room for the sum. */
const LARGEST_BIAS = 2 ** 30;

/** A filter in 8 bits, and a bias in 32 whose steps are those of the products. */
const roundedFilter = (call: OpCall, filter: NdArray, step: number): string[] => {
  const bias = call.values.rounding?.biases.get(call.node.name);
  const least = (c: number): number => Math.max(1e-12, Math.abs(bias?.data[c] ?? 0) / step / LARGEST_BIAS);
  const made = eightBits(filter, 0, least);
  const weights = dequantized(call.writer, filter.shape, made, 0);
  if (!bias) return [weights];
  const steps = made.scales.map((scale) => scale * step);
  const sums = Int32Array.from(bias.data, (value, c) => Math.round(value / (steps[c] ?? 1)));
  const inputs = [
    call.writer.constant('int32', [sums.length], sums),
    call.writer.constant('float32', [steps.length], steps),
  ];
  return [weights, call.writer.add('DequantizeLinear', inputs, { axis: 0 })];
};

/**
 * A filter [kh, kw, in, out] as ONNX has it, one of depthwise convolutions as a group for each channel; with its bias where that is part
 * of the convolution.
 */
const filterOf = (call: OpCall, depthwise: boolean): string[] => {
  const [kh, kw, channels, out] = call.shape(1) as [number, number, number, number];
  const order = depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1];
  const shape = depthwise ? [channels * out, 1, kh, kw] : [out, channels, kh, kw];
  const content = call.values.content(call.from(1));
  if (!content) return [call.writer.reshape(call.writer.transpose(call.input(1), order), shape)];
  const turned: NdArray = { ...transposed(content, order), shape };
  const range = call.isRounded ? call.values.rounding?.ranges.get(call.from(0)) : undefined;
  if (range) return roundedFilter(call, turned, range.scale);
  return [call.store.write(call.writer, turned, 0)];
};

const convolution =
  (depthwise: boolean): WriteOp =>
  (call) => {
    mustBeLast(call);
    const [kh, kw, channels] = call.shape(1) as [number, number, number];
    const strides = sidesOf(wholeNumbers(call.node, 'strides'));
    const dilations = sidesOf(wholeNumbers(call.node, 'dilations'));
    const window: Pair = [(kh - 1) * dilations[0] + 1, (kw - 1) * dilations[1] + 1];
    const group = depthwise ? channels : call.shape(0)[3]! / channels;
    const more = { strides, dilations, group, pads: padsOf(call, window, strides), kernel_shape: [kh, kw] };
    call.giveMaps(call.writer.add('Conv', [call.maps(0), ...filterOf(call, depthwise)], more));
  };

const pool =
  (op: string): WriteOp =>
  (call) => {
    mustBeLast(call);
    const window = sidesOf(wholeNumbers(call.node, 'ksize'));
    const strides = sidesOf(wholeNumbers(call.node, 'strides'));
    const more = { kernel_shape: window, strides, pads: padsOf(call, window, strides) };
    call.giveMaps(call.writer.add(op, [call.maps(0)], more));
  };

const batchNorm: WriteOp = (call) => {
  mustBeLast(call);
  const statistics = [1, 2, 3, 4].map((i) => call.input(i));
  const epsilon = { float: number(call.node, 'epsilon') };
  call.giveMaps(call.writer.add('BatchNormalization', [call.maps(0), ...statistics], { epsilon }));
};

const resizedSides = (call: OpCall, words: Attributes): string => {
  const sizes = call.writer.list(call.numbers(1));
  return call.writer.add('Resize', [call.maps(0), '', '', sizes], { axes: [2, 3], ...words });
};

/** Maps in another size, all four sides told: onnxruntime's layouts for 8 bits lose the word for two alone. */
const resizedWhole = (call: OpCall, words: Attributes): string => {
  const [batch = FREE, height = 1, width = 1, channels = 1] = call.shape(0);
  const [tall = 1, wide = 1] = call.numbers(1);
  const times = [1, 1, tall / height, wide / width];
  if (times.every(Number.isInteger)) {
    const scales = call.writer.constant('float32', [4], Float32Array.from(times));
    return call.writer.add('Resize', [call.maps(0), '', scales], words);
  }
  if (batch === FREE)
    throw new UnderstoryError(
      'export',
      `Maps of ${height}×${width} become ${tall}×${wide}, which 8 bits take for a fixed number of images alone. Add --set batch=1, or leave --calibrate out.`,
    );
  const sizes = call.writer.list([batch, channels, tall, wide]);
  return call.writer.add('Resize', [call.maps(0), '', '', sizes], words);
};

const resize =
  (mode: 'nearest' | 'linear'): WriteOp =>
  (call) => {
    const corners = flag(call.node, 'align_corners');
    const centers = flag(call.node, 'half_pixel_centers');
    const words = {
      mode,
      coordinate_transformation_mode: corners ? 'align_corners' : centers ? 'half_pixel' : 'asymmetric',
      nearest_mode: corners || centers ? 'round_prefer_ceil' : 'floor',
    };
    call.giveMaps(call.values.rounding ? resizedWhole(call, words) : resizedSides(call, words));
  };

/** Ops of maps: they take and give them channels first. */
export const convolutionOps: OpTable = {
  Conv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV3: batchNorm,
  AvgPool: pool('AveragePool'),
  MaxPool: pool('MaxPool'),
  ResizeNearestNeighbor: resize('nearest'),
  ResizeBilinear: resize('linear'),
};
