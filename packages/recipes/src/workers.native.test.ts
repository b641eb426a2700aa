import { readdirSync } from 'node:fs';
import { eagerRunner, type Experiment } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { apart, firstToDiffer } from './testing/apart.ts';
import { CASES, trainedBy, trainedByWorkers } from './testing/trainedByWorkers.test.support.ts';

const registry = createRegistry(defaultPlugins);
const size = { steps: 3, rate: 0.001 };

// Twenty steps by two and by four workers, twice: `npm run check:workers`.
describe('a last batch that does not divide among the workers counts each of its images once', () => {
  it.each([
    ['CDS', 4], // three images: one worker has none that counts
    ['FixMatch + CDS', 2],
  ] as const)('%s on %i', async (name, workers) => {
    const { make } = CASES.find((one) => one.name === name)!;
    const made = await make(registry, { ...size, images: 7, steps: 4 }, 1 + workers);
    const experiment = (): Experiment => ({ ...made(), lastBatch: 'keep' });
    const one = await trainedBy(experiment(), eagerRunner(), 4);
    const all = await trainedByWorkers(workers, experiment, 4);
    const { losses, weights } = apart(one, all[0]!);
    expect([one.events.length, all[0]!.events.length]).toEqual([4, 4]);
    expect(losses).toBeLessThan(1e-4);
    expect(weights).toBeLessThan(1e-3);
    expect(all.map((other) => firstToDiffer(all[0]!, other))).toEqual(all.map(() => undefined));
  });
});

describe('two workers give the numbers of one, and the same bits on both after every step', () => {
  it.each(CASES.map(({ name, make }) => [name, make] as const))('%s', async (_, make) => {
    const experiment = await make(registry, size, 3);
    const one = await trainedBy(experiment(), eagerRunner(), size.steps);
    const [first, second] = await trainedByWorkers(2, experiment, size.steps);
    expect(first!.events).toHaveLength(size.steps);
    const { losses, gradients, weights } = apart(one, first!);
    expect(losses).toBeLessThan(1e-4);
    expect(gradients).toBeLessThan(1e-3); // of one worker, op by op and compiled, they differ by up to 2e-4
    expect(weights).toBeLessThan(1e-3);
    expect(firstToDiffer(first!, second!)).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('with threads that do not grow from step to step', () => {
    // Two servers have some ninety each; what sums need besides does not depend on how many there were.
    expect(readdirSync('/proc/self/task').length).toBeLessThan(1500);
  });
});
