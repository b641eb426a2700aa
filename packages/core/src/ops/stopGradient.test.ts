import {
  add,
  argMax,
  grad,
  greater,
  memory,
  mul,
  sum,
  tensor1d,
  tidy,
  valueAndGrad,
  where,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { stopGradient, untracked } from './stopGradient.ts';

const x = tensor1d([1, -2, 3]);

describe('stopGradient', () => {
  it('passes values and no gradient', () => {
    const { value, grad: slope } = valueAndGrad((t: Tensor): Scalar => sum(mul(stopGradient(t), t)))(x);
    expect(value.dataSync()[0]).toBe(14);
    expect([...slope.dataSync()]).toEqual([1, -2, 3]);
  });

  it('lets ops without a gradient follow', () => {
    const onlyPositive = (t: Tensor): Scalar => {
      const constant = stopGradient(t);
      return sum(mul(t, where(greater(constant, 0), constant, 0)));
    };
    expect([...grad(onlyPositive)(x).dataSync()]).toEqual([1, 0, 3]);
  });
});

describe('untracked', () => {
  it('gives several tensors, with ops inside that have no gradient', () => {
    const f = (t: Tensor): Scalar => {
      const [best, doubled] = untracked((): [Tensor, Tensor] => [argMax(t), mul(t, 2)]);
      return sum(add(mul(t, doubled), best));
    };
    expect([...grad(f)(x).dataSync()]).toEqual([2, -4, 6]);
  });

  it('leaves no tensor behind, inside or outside of a gradient', () => {
    const before = memory().numTensors;
    untracked((): [Tensor, Tensor] => [mul(x, 2), add(x, 1)]).forEach((t) => t.dispose());
    tidy(() => void grad((t: Tensor): Scalar => sum(mul(t, stopGradient(mul(t, t)))))(x));
    expect(memory().numTensors).toBe(before);
  });
});
