import type { backend_util } from '@tensorflow/tfjs-core';
import type { Attributes } from './nativeOp.ts';

type Info = backend_util.Conv2DInfo;

/** Pixels before and behind a map along one axis. */
export type Pads = [number, number];

/** How windows lie along one axis of a map, in pixels. */
export interface Axis {
  readonly pixels: number;
  readonly windows: number;
  /** From a window's first pixel to its last, gaps included. */
  readonly reach: number;
  readonly stride: number;
}

/** Padding by which exactly so many windows fit: where their number is rounded up, the last one reaches over the end. */
export const padsFor = ({ pixels, windows, reach, stride }: Axis, [before, behind]: Pads): Pads => [
  before,
  Math.max(behind, (windows - 1) * stride + reach - pixels - before),
];

/** [top, bottom], [left, right] in pixels, where tfjs was given numbers; null for 'same' and 'valid'. */
export const explicitPadding = (info: Info): [Pads, Pads] | null => {
  const { padInfo } = info;
  if (padInfo.type === 'SAME' || padInfo.type === 'VALID') return null;
  const rows = { pixels: info.inHeight, windows: info.outHeight, stride: info.strideHeight };
  const columns = { pixels: info.inWidth, windows: info.outWidth, stride: info.strideWidth };
  return [
    padsFor({ ...rows, reach: info.effectiveFilterHeight }, [padInfo.top, padInfo.bottom]),
    padsFor({ ...columns, reach: info.effectiveFilterWidth }, [padInfo.left, padInfo.right]),
  ];
};

/** The attributes that say how a convolution of a map whose channels come last is padded. */
export const layoutAttributes = (info: Info): Attributes => {
  const data_format = { text: 'NHWC' };
  const explicit = explicitPadding(info)?.flat();
  if (!explicit) return { data_format, padding: { text: info.padInfo.type } };
  return {
    data_format,
    padding: { text: 'EXPLICIT' },
    explicit_paddings: { int: [0, 0, ...explicit, 0, 0] },
  };
};

/** One number for each dimension of a map. */
export const perAxis = (...sizes: readonly number[]): { int: number[] } => ({ int: [1, ...sizes, 1] });
