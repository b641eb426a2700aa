import { add, addN, div, minimum, mul, sqrt, square, sum, tidy, type Scalar } from '@tensorflow/tfjs-core';
import { mapNamed, type Transform } from '@understory/core';
import type { Named } from './named.ts';
import { transform } from './transform.ts';

/** Added to the norm, as in PyTorch's `clip_grad_norm_`. */
const EPSILON = 1e-6;

/** Euclidean norm of all tensors together, []. */
export const globalNorm = (tensors: Named): Scalar =>
  tidy(() => sqrt(addN<Scalar>(Object.values(tensors).map((t) => sum(square(t))))));

/** Scales gradients down together so that their global norm is at most `max` (Pascanu et al. 2013), then goes on with `then`. */
export const clipByGlobalNorm = (max: number, then: Transform): Transform =>
  transform({
    init: (variables) => then.init(variables),
    update: (gradients, state, context) => {
      const factor = minimum(div(max, add(globalNorm(gradients), EPSILON)), 1);
      return then.update(
        mapNamed(gradients, (g) => mul(g, factor)),
        state,
        context,
      );
    },
  });
