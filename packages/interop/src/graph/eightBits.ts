import type { NdArray } from '@understory/core';

/** How weights lie in an exported file. */
export const WEIGHT_TYPES = ['float32', 'float16', 'int8'] as const;
export type WeightType = (typeof WEIGHT_TYPES)[number];

const MANY = 1024;

/** Whether a rounding saves more than it costs: scales, offsets, statistics and biases stay as they are. */
export const isLarge = ({ dtype, shape, data }: NdArray): boolean =>
  dtype === 'float32' && shape.length > 1 && data.length >= MANY;

/** Weights as −127…127 and what each channel's are multiplied by. */
export interface EightBits {
  readonly numbers: Int8Array;
  readonly scales: Float32Array;
}

/** Calls `visit` with each place of an array, and its place along one side. */
const eachAlong = (
  shape: readonly number[],
  axis: number,
  visit: (at: number, channel: number) => void,
): void => {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const channels = shape[axis] ?? 1;
  const count = shape.reduce((a, b) => a * b, 1);
  for (let at = 0; at < count; at++) visit(at, Math.floor(at / inner) % channels);
};

/** Rounds weights to eight bits, each channel (place along `axis`) by its largest one. `least`: scales that are not gone below. */
export const eightBits = (
  { shape, data }: NdArray,
  axis: number,
  least?: (channel: number) => number,
): EightBits => {
  const scales = Float32Array.from({ length: shape[axis] ?? 1 }, (_, channel) => least?.(channel) ?? 0);
  eachAlong(shape, axis, (at, channel) => {
    scales[channel] = Math.max(scales[channel]!, Math.abs(data[at]!) / 127);
  });
  const numbers = new Int8Array(data.length);
  eachAlong(shape, axis, (at, channel) => {
    const scale = scales[channel]!;
    numbers[at] = scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(data[at]! / scale)));
  });
  return { numbers, scales };
};
