import { engine, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernels } from './kernels.ts';

/**
 * Kernel that a backend may register for normal numbers: it takes `NormalsWanted` as its attributes and no inputs, and gives
 * a tensor of each shape, to the bits of `fill`.
 */
export const NORMALS = 'Normals';

export interface NormalsWanted {
  readonly shapes: readonly (readonly number[])[];
  readonly deviations: readonly number[];
  /** Four words of the state in which each stream begins, one stream after another. */
  readonly states: readonly number[];
}

/** A tensor for each stream by the active backend's kernel `Normals`; undefined where it has none. */
export const normalsByKernel = (wanted: NormalsWanted): Tensor[] | undefined =>
  // tfjs hands attributes over as they are, whatever its types say of lists of lists.
  hasKernels(NORMALS)
    ? engine().runKernel<Tensor[]>(NORMALS, {}, wanted as unknown as NamedAttrMap)
    : undefined;
