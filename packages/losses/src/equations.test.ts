import { concat, tensor2d, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as equations from './equations.test.support.ts';
import { dot, ids, norm, rowsOf, slopeOf, stream, valueAndGradient } from './golden.test.support.ts';
import * as losses from './index.ts';

interface Case {
  readonly name: string;
  readonly loss: (x: Tensor2D) => Scalar;
  readonly equation: (x: number[][], at: number[][]) => number;
}

const y = [0, 1, 0, 2, 1];
const both = [...y, ...y];
const others = stream([10, 6], 91);
const queue = stream([7, 6], 92);
const [positives, negatives] = [stream([10, 6], 93), stream([10, 6], 94)];
const weights = (cosines: number[], i: number): number => {
  const e = cosines.map((c) => Math.exp(c / 0.5));
  return 2 - (cosines.length * e[i]!) / e.reduce((a, b) => a + b, 0);
};
/** What takes no gradient is computed `at` the point itself, and stays while `x` moves. */
const codesAt = (at: number[][]): [number[][], number[][]] => [
  equations.sinkhornEquation(at.slice(0, 5), 0.5, 3),
  equations.sinkhornEquation(at.slice(5), 0.5, 3),
];
const cosinesOf = (x: number[][]): number[] => {
  const z = x.map((row) => row.map((v) => v / Math.hypot(...row)));
  return z.slice(0, 5).map((row, i) => dot(row, z[i + 5]!));
};

const mined = (miner: 'hard' | 'semi-hard' | 'all'): Case => ({
  name: `batchTriplet, ${miner}`,
  loss: (x) => losses.batchTriplet({ miner, margin: 0.4 })(x, ids(...y)),
  equation: (x) => equations.minedEquation(x, both, 0.4, miner),
});

const cases: Case[] = [
  {
    name: 'infoNce',
    loss: losses.infoNce({ temperature: 0.2 }),
    equation: (x) => equations.infoNceEquation(x, 0.2),
  },
  { name: 'dcl', loss: losses.dcl({ temperature: 0.2 }), equation: (x) => equations.dclEquation(x, 0.2) },
  {
    name: 'dclw',
    loss: losses.dclw({ temperature: 0.2 }),
    equation: (x, at) => equations.dclEquation(x, 0.2, (_, i) => weights(cosinesOf(at), i)),
  },
  {
    name: 'mocoInfoNce',
    loss: (x) => losses.mocoInfoNce({ temperature: 0.2 })(x, others, queue),
    equation: (x) => equations.mocoEquation(x, rowsOf(others), rowsOf(queue), 0.2),
  },
  {
    name: 'triplet',
    loss: (x) => losses.triplet({ margin: 0.5 })(x, positives, negatives),
    equation: (x) => equations.tripletEquation(x, rowsOf(positives), rowsOf(negatives), 0.5),
  },
  mined('hard'),
  mined('semi-hard'),
  mined('all'),
  {
    name: 'byol',
    loss: (x) => losses.byol(x, others),
    equation: (x) => equations.byolEquation(x, rowsOf(others)),
  },
  {
    name: 'simSiam',
    loss: (x) => losses.simSiam(x, others),
    equation: (x) => equations.simSiamEquation(x, rowsOf(others)),
  },
  { name: 'barlowTwins', loss: losses.barlowTwins(), equation: (x) => equations.barlowEquation(x, 5e-3) },
  { name: 'vicReg', loss: losses.vicReg(), equation: (x) => equations.vicRegEquation(x, [25, 25, 1]) },
  {
    name: 'swav',
    loss: losses.swav({ epsilon: 0.5, temperature: 0.3 }),
    equation: (x, at) => equations.swavEquation(x, codesAt(at), 0.3),
  },
  {
    name: 'crossEntropy',
    loss: (x) => losses.crossEntropy({ smoothing: 0.2 })(x, ids(...both)),
    equation: (x) => equations.crossEntropyEquation(x, both, 0.2),
  },
  {
    name: 'focal',
    loss: (x) => losses.focal({ gamma: 1.5 })(x, ids(...both)),
    equation: (x) => equations.focalEquation(x, both, 0.25, 1.5),
  },
  {
    name: 'binaryCrossEntropy',
    loss: (x) => losses.binaryCrossEntropy()(x, ids(...both)),
    equation: (x) => 2 * equations.focalEquation(x, both, 0.5, 0),
  },
];

describe.each(cases)('$name', ({ loss, equation }) => {
  it('is its equation written as a loop, and its gradient the slope of that', () => {
    fc.assert(
      fc.property(fc.nat(5000), (seed) => {
        const x = stream([10, 6], seed);
        const way = stream([10, 6], seed + 1);
        const at = rowsOf(x);
        const { value, gradient } = valueAndGradient(loss, x);
        const expected = equation(at, at);
        expect(Math.abs(value - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
        const slope = dot(Array.from(gradient), Array.from(way.dataSync()));
        // Kinks of hinges within the step make the two differ a little.
        const measured = slopeOf((v) => equation(v, at), at, rowsOf(way), 1e-6);
        expect(Math.abs(slope - measured)).toBeLessThan(1e-4 * Math.max(1, norm(gradient)));
      }),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe('sinkhorn', () => {
  it('is Sinkhorn-Knopp on probabilities', () => {
    const scores = stream([6, 4], 3);
    const codes = rowsOf(losses.sinkhorn({ epsilon: 0.3 })(scores));
    const expected = equations.sinkhornEquation(rowsOf(scores), 0.3, 3);
    codes.forEach((row, i) => row.forEach((v, j) => expect(v).toBeCloseTo(expected[i]![j]!, 5)));
  });

  it('uses all prototypes equally', () => {
    const codes = rowsOf(losses.sinkhorn({ epsilon: 0.3, iterations: 100 })(stream([9, 4], 5)));
    for (const row of codes) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    for (const k of [0, 1, 2, 3]) expect(codes.reduce((a, row) => a + row[k]!, 0)).toBeCloseTo(9 / 4, 4);
  });

  it('takes scores whose exponential float32 cannot hold', () => {
    const codes = losses.sinkhorn()(concat([stream([8, 4], 5), tensor2d([[50, 0, 0, -50]])]));
    expect(codes.dataSync().every(Number.isFinite)).toBe(true);
  });
});
