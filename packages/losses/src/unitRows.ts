import {
  abs,
  cast,
  customGrad,
  div,
  greater,
  max,
  maximum,
  mul,
  square,
  sqrt,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { SHORTEST_LENGTH as SHORTEST } from '@understory/core';

/** Largest entries under this count as zeros; far above float32's smallest number, so that quotients stay finite. */
const TINY = 1e-30;

/** x / max(‖x‖, 1e-12) and the divisor; entries are scaled first, so that no square over- or underflows. */
const normalize = (x: Tensor): { unit: Tensor; length: Tensor } => {
  const scale = maximum(max(abs(x), 1, true), TINY); // [N, 1]
  const scaled = div(x, scale); // [N, D], largest entry 1
  const norm = sqrt(sum(square(scaled), 1, true)); // [N, 1], 1 … √D, or 0
  return { unit: div(scaled, maximum(norm, div(SHORTEST, scale))), length: mul(norm, scale) };
};

/**
 * Rows of unit length, x / max(‖x‖, 1e-12). `x` [N, D] → [N, D]. A row shorter than 1e-12 has no direction and takes
 * no gradient (PyTorch's `normalize` multiplies its gradient by 1e12).
 */
export const unitRows = (x: Tensor2D): Tensor2D =>
  customGrad((input, save) => {
    const { unit, length } = normalize(input as Tensor);
    (save as (tensors: Tensor[]) => void)([unit, length]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [u, norm] = saved as [Tensor, Tensor];
      const across = sub(dy, mul(u, sum(mul(dy, u), 1, true))); // [N, D], without its part along u
      return mul(div(across, maximum(norm, SHORTEST)), cast(greater(norm, SHORTEST), 'float32'));
    };
    return { value: unit, gradFunc };
  })(x) as Tensor2D;
