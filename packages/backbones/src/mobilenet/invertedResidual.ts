import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { NamedMap } from '../family.ts';
import { residual, type NormOptions } from '../parts/basics.ts';
import { channels, type Part } from '../parts/connect.ts';
import { convNorm, depthwiseNorm } from '../parts/conv.ts';
import { squeezeExcite, type SqueezeExciteOptions } from '../parts/squeezeExcite.ts';

/** Width rounded to a multiple of 8, never below nine tenths of what was asked (MobileNetV2's official code). */
export const roundTo8 = (width: number): number => {
  const rounded = Math.max(8, 8 * Math.floor((width + 4) / 8));
  return rounded < 0.9 * width ? rounded + 8 : rounded;
};

export interface InvertedResidual {
  readonly expanded: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
  readonly activation: Part;
  readonly norm?: NormOptions;
  readonly squeeze?: SqueezeExciteOptions;
  /** Probability that the branch is skipped for a sample. */
  readonly drop?: number;
}

/**
 * Widen by 1×1, convolve each channel, [weigh channels,] narrow by 1×1 without activation (Sandler et al. 2018,
 * table 1); the input is added where the shapes allow.
 */
export const invertedResidual = (x: SymbolicTensor, name: string, spec: InvertedResidual): SymbolicTensor => {
  const { expanded, filters, kernel, stride, activation, squeeze, drop } = spec;
  const norm = spec.norm ?? {};
  const widen = { filters: expanded, kernel: 1, activation, norm };
  const wide = expanded === channels(x) ? x : convNorm(x, `${name}/expand`, widen);
  const deep = depthwiseNorm(wide, `${name}/depthwise`, { kernel, stride, activation, norm });
  const weighed = squeeze ? squeezeExcite(deep, `${name}/se`, squeeze) : deep;
  const narrow = convNorm(weighed, `${name}/project`, { filters, kernel: 1, norm });
  return stride === 1 && channels(x) === filters ? residual(narrow, x, name, drop) : narrow;
};

/** A step of a mobile network: how to make its map, and its published stride. */
export interface Step {
  readonly stride: number;
  readonly build: (x: SymbolicTensor, name: string, stride: number) => SymbolicTensor;
}

/**
 * Blocks in a row, `block0`, `block1`, … → the last map and the three that stand in front of the last three strides of 2,
 * as stages. On small images (`keep`) the first stride of 2 becomes 1.
 */
export const sequence = (
  x: SymbolicTensor,
  steps: readonly Step[],
  keep: boolean,
): { readonly end: SymbolicTensor; readonly taps: NamedMap[] } => {
  const first = steps.findIndex(({ stride }) => stride === 2);
  const before: SymbolicTensor[] = [];
  let map = x;
  for (const [i, { stride, build }] of steps.entries()) {
    if (stride === 2) before.push(map);
    map = build(map, `block${i}`, keep && i === first ? 1 : stride);
  }
  return { end: map, taps: before.slice(-3).map((tap, i) => [`stage${i + 1}`, tap]) };
};
