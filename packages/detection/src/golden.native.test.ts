import { dispose, getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { compile } from '@understory/engine';
import { describe, expect, it } from 'vitest';
import { expectGolden, tensorsOf, valuesOf } from './golden.test.support.ts';
import { goldenCases } from './goldenCases.test.support.ts';

/** Entries by names that begin with their case's. */
const joined = <T>(
  of: (golden: (typeof goldenCases)[number]) => Readonly<Record<string, T>>,
): Record<string, T> =>
  Object.fromEntries(
    goldenCases.flatMap((golden) =>
      Object.entries(of(golden)).map(([name, value]) => [`${golden.name}: ${name}`, value] as const),
    ),
  );

/** The entries of one case by their own names. */
const own = (
  all: Record<string, Tensor>,
  { name, inputs }: (typeof goldenCases)[number],
): Record<string, Tensor> =>
  Object.fromEntries(Object.keys(inputs).map((key) => [key, all[`${name}: ${key}`]!]));

describe('on TensorFlow, against torchvision and mmdetection', () => {
  it.each(goldenCases)('$name', (golden) => {
    expect(getBackend()).toBe('tensorflow');
    const inputs = tensorsOf(golden);
    const results = golden.compute(inputs);
    expectGolden(golden, (name) => results[name]!.dataSync());
    dispose([inputs, results]);
  });

  it('gives the same in one compiled step', async () => {
    const step = compile((inputs) => joined((golden) => golden.compute(own(inputs, golden))));
    const results = await step.run(joined(valuesOf));
    for (const golden of goldenCases)
      expectGolden(golden, (name) => results[`${golden.name}: ${name}`]!.data);
    step.dispose();
  });
});
