import { customGrad, scalar, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { Workers } from '@understory/core';
import { nativeOp } from '../eager/nativeOp.ts';
import type { Cluster } from './cluster.ts';

const FIRST_INSTANCE = 100;

/** Where a sum takes place. */
interface Place {
  readonly size: number;
  readonly group: number;
  readonly gpu: boolean;
}

/** The sum over workers as an op of the step: TensorFlow's ring on CPUs, NCCL on GPUs. */
const reduce = (x: Tensor, { size, group, gpu }: Place, instance: number): Tensor =>
  tidy(() =>
    nativeOp(
      'CollectiveReduceV2',
      {
        T: { type: x.dtype },
        merge_op: { text: 'Add' },
        final_op: { text: 'Id' },
        communication_hint: { text: gpu ? 'nccl' : 'ring' },
        timeout_seconds: { float: 0 }, // none: the session watches its runs
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
export const clusterWorkers = ({ addresses, rank }: Cluster, at: Pick<Place, 'group' | 'gpu'>): Workers => {
  const size = addresses.length;
  let instance = FIRST_INSTANCE;
  const next = <T extends Tensor>(x: T): T => reduce(x, { size, ...at }, instance++) as T;
  return {
    size,
    rank,
    sum: <T extends Tensor>(x: T): T =>
      customGrad((given) => {
        const value = next(given as T);
        return { value, gradFunc: (dy: Tensor) => next(dy) };
      })(x) as T,
  };
};
