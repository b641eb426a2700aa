import { customGrad, scalar, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { Workers } from '@understory/core';
import { nativeOp } from '../eager/nativeOp.ts';
import { PATIENCE, type Cluster } from './cluster.ts';

const FIRST_INSTANCE = 100;
/** Seconds for which workers that begin are waited for, at least: one may have to prepare its data. */
const SLOW = 600;

/** The sum over workers as an op of the step: TensorFlow's ring on CPUs, NCCL on GPUs. */
const reduce = (
  x: Tensor,
  {
    size,
    group,
    instance,
    patience,
    gpu,
  }: Record<'size' | 'group' | 'instance' | 'patience', number> & { readonly gpu: boolean },
): Tensor =>
  tidy(() =>
    nativeOp(
      'CollectiveReduceV2',
      {
        T: { type: x.dtype },
        merge_op: { text: 'Add' },
        final_op: { text: 'Id' },
        communication_hint: { text: gpu ? 'nccl' : 'ring' },
        timeout_seconds: { float: patience },
        is_stateless: { flag: false },
        Nordering_token: { int: 0 },
        max_subdivs_per_device: { int: -1 },
      },
      [x, scalar(size, 'int32'), scalar(group, 'int32'), scalar(instance, 'int32')],
    ),
  );

/**
 * What a step sums over the workers of a cluster. Each sum has a number, by which the workers find each other: all of them
 * must trace the same steps in the same order.
 */
export const clusterWorkers = (
  { addresses, rank, patience = PATIENCE }: Cluster,
  { group, gpu }: { readonly group: number; readonly gpu: boolean },
): Workers => {
  const size = addresses.length;
  let instance = FIRST_INSTANCE;
  const next = <T extends Tensor>(x: T, slow?: 'slow'): T => {
    const seconds = slow ? Math.max(patience, SLOW) : patience;
    return reduce(x, { size, group, instance: instance++, patience: seconds, gpu }) as T;
  };
  return {
    size,
    rank,
    sum: <T extends Tensor>(x: T, slow?: 'slow'): T =>
      customGrad((given) => {
        const value = next(given as T, slow);
        return { value, gradFunc: (dy: Tensor) => next(dy) };
      })(x) as T,
  };
};
