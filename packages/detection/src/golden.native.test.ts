import { dispose, getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { compile } from '@understory/engine';
import { describe, expect, it } from 'vitest';
import { expectGolden, tensorsOf, valuesOf, type GoldenCase } from './golden.test.support.ts';
import { brokenCases } from './brokenCases.test.support.ts';
import { goldenCases } from './goldenCases.test.support.ts';

const CASES: readonly GoldenCase[] = [...goldenCases, ...brokenCases];

/** Entries by names that begin with their case's. */
const joined = <T>(of: (golden: GoldenCase) => Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    CASES.flatMap((golden) =>
      Object.entries(of(golden)).map(([name, value]) => [`${golden.name}: ${name}`, value] as const),
    ),
  );

/** The entries of one case by their own names. */
const own = (all: Record<string, Tensor>, { name, inputs }: GoldenCase): Record<string, Tensor> =>
  Object.fromEntries(Object.keys(inputs).map((key) => [key, all[`${name}: ${key}`]!]));

describe('on TensorFlow, against torchvision and mmdetection', () => {
  it.each(CASES)('$name', (golden) => {
    expect(getBackend()).toBe('tensorflow');
    const inputs = tensorsOf(golden);
    const results = golden.compute(inputs);
    expectGolden(golden, (name) => results[name]!.dataSync());
    dispose([inputs, results]);
  });

  it('gives the same in one compiled step', async () => {
    const step = compile((inputs) => joined((golden) => golden.compute(own(inputs, golden))));
    const results = await step.run(joined(valuesOf));
    for (const golden of CASES) expectGolden(golden, (name) => results[`${golden.name}: ${name}`]!.data);
    step.dispose();
  });
});
