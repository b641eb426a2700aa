import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernels } from './kernels.ts';

/**
 * Kernel that a backend may register for normal numbers: it takes `NormalsWanted` as its attributes and no inputs, and gives
 * a vector for each length, to the bits of `fill`.
 */
export const NORMALS = 'Normals';

export interface NormalsWanted {
  readonly lengths: number[];
  readonly deviations: number[];
  /** Four words of the state in which each stream begins, one stream after another. */
  readonly states: number[];
}

/** A vector for each stream by the active backend's kernel `Normals`; undefined where it has none. */
export const normalsByKernel = ({ lengths, deviations, states }: NormalsWanted): Tensor[] | undefined =>
  hasKernels(NORMALS)
    ? engine().runKernel<Tensor[]>(NORMALS, {}, { lengths, deviations, states })
    : undefined;
