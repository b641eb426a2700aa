import { getBackend, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectGolden, goldens, type Golden } from './golden.test.support.ts';
import * as losses from './index.ts';

type Make = (options: never) => (x: Tensor2D, labels?: Tensor1D) => Scalar;

/** Losses of stacked features, and of logits, by their names in the golden files. */
const MAKERS: Record<string, Make> = {
  supCon: losses.supCon,
  ntXent: losses.ntXent,
  blockwise: losses.blockwiseSupCon,
  infoNce: losses.infoNce,
  dcl: losses.dcl,
  dclw: losses.dclw,
  barlowTwins: losses.barlowTwins,
  vicReg: losses.vicReg,
  batchTriplet: losses.batchTriplet,
  crossEntropy: losses.crossEntropy as Make,
  binaryCrossEntropy: losses.binaryCrossEntropy as Make,
  focal: losses.focal as Make,
};

const check = (golden: Golden, name = golden.loss): void => {
  const loss = MAKERS[name]!(golden.options as never);
  const vanishing = Object.values(golden.gradients).every((g) => g.every((v) => Math.abs(v) < 1e-9));
  // Differences of 1e-3 between unit rows that float32 rounds at 6e-8: PyTorch's own float32 is off by up to 5e-5.
  const tolerance = golden.loss === 'batchTriplet' && golden.name === 'nearly equal' ? 1e-4 : 1e-5;
  const of = ({ features, logits, labels, affinity = labels }: Record<string, Tensor>): Scalar => {
    const x = (features ?? logits) as Tensor2D;
    return affinity ? loss(x, affinity as Tensor1D) : loss(x);
  };
  expectGolden(golden, of, { tolerance, floor: vanishing ? 20 : 1e-9 });
};

describe('on TensorFlow, against PyTorch', () => {
  it('runs on TensorFlow', () => {
    expect(getBackend()).toBe('tensorflow');
  });

  const all = [...goldens('supcon.json'), ...goldens('losses.json'), ...goldens('affinity.json')].filter(
    (g) => g.loss in MAKERS,
  );
  it.each(all)('$loss, $name, $options', (golden) => check(golden));
  it.each(all.filter((g) => g.loss === 'supCon'))('blockwise, $name, $options', (golden) =>
    check(golden, 'blockwise'),
  );
});
