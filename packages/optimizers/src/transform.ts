import { tidy } from '@tensorflow/tfjs-core';
import type { Transform } from '@understory/core';

/** A gradient transformation that frees what it makes on its way to the result. */
export const transform = (inner: Transform): Transform => ({
  init: (variables) => tidy(() => inner.init(variables)),
  update: (gradients, state, context) => {
    const results: ReturnType<Transform['update']>[] = [];
    tidy(() => {
      const next = inner.update(gradients, state, context);
      results.push(next);
      return [...Object.values(next.updates), ...Object.values(next.state)];
    });
    return results[0]!;
  },
});
