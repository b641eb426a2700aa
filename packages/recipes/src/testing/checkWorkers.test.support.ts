// Trains every objective by one worker, by two and by four, twenty steps of 32 images, and holds the numbers together; then all
// of it once more, for the same bits: `npm run check:workers`. Some twenty minutes on two cores; `-- --only CDS,MoCo` takes some alone.
import { parseArgs } from 'node:util';
import { eagerRunner } from '@understory/core';
import { compiledRunner, loadEngine } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { defaultPlugins } from '../defaultPlugins.ts';
import { apart, firstToDiffer, type Apart } from './apart.ts';
import {
  CASES,
  trainedBy,
  trainedByWorkers,
  type Case,
  type Trained,
} from './trainedByWorkers.test.support.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    workers: { type: 'string', default: '2,4' },
    steps: { type: 'string', default: '20' },
    batch: { type: 'string', default: '32' },
    rate: { type: 'string', default: '0.001' },
  },
});
const size = { steps: Number(values.steps), batch: Number(values.batch), rate: Number(values.rate) };
const wanted = values.only?.split(',');
const counts = values.workers.split(',').map(Number);
const BOUNDS = { losses: 1e-4, gradients: 1e-5, weights: 1e-3 };
/** Gradients of one worker, op by op and compiled, differ by rounding; where that is more than the bound, so much more may several. */
const ROUNDING = 4;

const NAMES = ['losses', 'gradients', 'weights', 'way'] as const;

await loadEngine();
const registry = createRegistry(defaultPlugins);

/** What is wrong between trainings that must have the same bits. */
const differing = (what: string, one: Trained, others: readonly Trained[]): string[] =>
  others.flatMap((other, i) => {
    const step = firstToDiffer(one, other);
    return step === undefined ? [] : [`${what} ${i + 1} differs from 0 after step ${step}`];
  });

const checkCase = async ({
  make,
}: Case): Promise<{ readonly figures: string[]; readonly wrong: string[] }> => {
  const experiment = await make(registry, size, 2 + 2 * counts.reduce((a, b) => a + b, 0));
  const one = await trainedBy(experiment(), compiledRunner(), size.steps);
  const rounding = apart(one, await trainedBy(experiment(), eagerRunner(), 1)).gradients;
  const bounds: Partial<Apart> = { ...BOUNDS, gradients: Math.max(BOUNDS.gradients, ROUNDING * rounding) };
  const figures = [rounding.toExponential(1)];
  const wrong: string[] = [];
  for (const count of counts) {
    const [first, ...others] = await trainedByWorkers(count, experiment, size.steps);
    const again = await trainedByWorkers(count, experiment, size.steps);
    wrong.push(...differing(`of ${count}, rank`, first!, others));
    wrong.push(...differing(`of ${count}, again, rank`, first!, again));
    const far = apart(one, first!);
    for (const name of NAMES) {
      if (!(far[name] < (bounds[name] ?? Infinity))) wrong.push(`${name} of ${count} workers`);
      figures.push(far[name].toExponential(1));
    }
  }
  return { figures, wrong };
};

let failed = 0;
const heads = counts.flatMap((n) => NAMES.map((name) => `${name}, ${n}`));
console.log(`| objective | rounding | ${heads.join(' | ')} | |`);
for (const one of CASES.filter(({ name }) => wanted?.includes(name) ?? true)) {
  const { figures, wrong } = await checkCase(one).catch((error: unknown) => ({
    figures: [],
    wrong: [String(error)],
  }));
  failed += wrong.length > 0 ? 1 : 0;
  console.log(`| ${[one.name, ...figures].join(' | ')} | ${wrong.join('; ') || 'ok'} |`);
}
console.log(failed === 0 ? 'All workers agree with one.' : `${failed} objectives failed.`);
process.exit(failed === 0 ? 0 : 1); // TensorFlow's servers would keep it
