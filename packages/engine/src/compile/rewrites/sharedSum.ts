import type { SharedSums } from '../../cluster/sharedSums.ts';
import { attribute } from '../graph/attributes.ts';
import { TF } from '../graph/native.ts';
import { inputAt } from '../graph/value.ts';
import type { Rewrite } from '../trace/recorder.ts';
import type { Notice } from '../trace/traceContext.ts';

const NO_ROOM: Notice = {
  code: 'sums-by-ring',
  message:
    'The memory that workers of this machine share, /dev/shm, has no room for all of their sums: the others go by TensorFlow’s ring, ' +
    'which takes longer. Give it more, for a container by `docker run --shm-size 2g`.',
};

/**
 * A sum over workers of one machine goes through memory that they share (`native/shared_sums.h`): one op puts this worker's part
 * there, another one takes the sum. Of floats; others, and what memory has no room for, go by TensorFlow's ring.
 */
export const sharedSum = (sums: SharedSums, notify: (notice: Notice) => void): Rewrite => {
  return (call, builder) => {
    if (call.op !== 'CollectiveReduceV2') return undefined;
    const x = inputAt(call, 0);
    if (x.dtype !== TF.float32 || !x.shape || x.shape.some((length) => length < 0)) return undefined;
    const number = sums.reserve(x.shape.reduce((product, length) => product * length, 1));
    if (number === undefined) {
      notify(NO_ROOM);
      return undefined;
    }
    const which = [attribute.int('sums', sums.id), attribute.int('number', number)];
    const put = builder.value('UnderstorySharedPut', [x], which, { shapes: [[]] });
    const shape = attribute.int('shape', x.shape);
    return builder.add('UnderstorySharedTake', [put], [...which, shape], { shapes: [x.shape] }).outputs;
  };
};
