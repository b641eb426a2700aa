// Trains every objective by one worker, by two and by four, twenty steps of 32 images, and holds the numbers together; then all
// of it once more, for the same bits: `npm run check:workers`. Some twenty minutes on two cores; `-- --only CDS,MoCo` takes some alone.
import { parseArgs } from 'node:util';
import { eagerRunner, type Experiment } from '@understory/core';
import { compiledRunner, loadEngine } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { defaultPlugins } from '../defaultPlugins.ts';
import { apart, firstToDiffer, stepsApart, type Apart } from './apart.ts';
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
    after: { type: 'string', default: '0' },
    workers: { type: 'string', default: '2,4' },
    steps: { type: 'string', default: '20' },
    batch: { type: 'string', default: '32' },
    again: { type: 'string', default: '2,4' },
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

interface Checked {
  readonly figures: readonly string[];
  readonly wrong: readonly string[];
  /** What another seed does not mend. */
  readonly isFinal?: boolean;
}

const formatted = (x: number): string => x.toExponential(1);

/** Which of these are beyond their bounds, by name. */
const beyond = (far: Partial<Apart>, bounds: Partial<Apart>): (keyof Apart)[] =>
  NAMES.filter((name) => far[name] !== undefined && !(far[name] < (bounds[name] ?? Infinity)));

/**
 * Why workers that went another way than one process did: by rounding, where one process that begins each step from what the workers
 * had makes the same step. Then only what a ReLU or a threshold made of a last digit grew from step to step.
 */
const explained = async (of: Trained, alone: Experiment, bounds: Partial<Apart>): Promise<Checked> => {
  const led = await trainedBy(alone, compiledRunner(), size.steps, of.variables);
  const far = stepsApart(led, of);
  const wrong = beyond(far, bounds).map((name) => `${name} of a step from the same state`);
  const figures = Object.entries(far).map(([name, x]) => `${name} ${formatted(x)}`);
  return { figures: [`each step from the workers' state: ${figures.join(', ')}`], wrong };
};

const checkSeed = async ({ make }: Case, seed: number): Promise<Checked> => {
  const experiment = await make(
    registry,
    { ...size, seed },
    2 + 3 * counts.length + 2 * counts.reduce((a, b) => a + b, 0),
  );
  const one = await trainedBy(experiment(), compiledRunner(), size.steps);
  const rounding = apart(one, await trainedBy(experiment(), eagerRunner(), 1)).gradients;
  const bounds: Partial<Apart> = { ...BOUNDS, gradients: Math.max(BOUNDS.gradients, ROUNDING * rounding) };
  const figures = [String(seed), formatted(rounding)];
  for (const count of counts) {
    const [first, ...others] = await trainedByWorkers(count, experiment, size.steps);
    const far = apart(one, first!);
    figures.push(...NAMES.map((name) => formatted(far[name])));
    const wrong = beyond(far, bounds).map((name) => `${name} of ${count}`);
    const differ = differing(`bits of ${count}, rank`, first!, others);
    if (wrong.length === 0 && values.again.split(',').includes(String(count))) {
      const again = await trainedByWorkers(count, experiment, size.steps);
      differ.push(...differing(`bits of ${count} again, rank`, first!, again));
    }
    if (differ.length > 0) return { figures, wrong: [...differ, ...wrong], isFinal: true };
    if (wrong.length > 0) {
      const why = await explained(first!, experiment(), bounds);
      const isFinal = why.wrong.length > 0;
      return { figures: [...figures, ...why.figures], wrong: [...wrong, ...why.wrong], isFinal };
    }
  }
  return { figures, wrong: [] };
};

/** Seeds that are tried where rounding, and nothing else, leads workers another way: with one of them it must not. */
const SEEDS = [1, 2, 3, 4, 5];

const checkCase = async (one: Case): Promise<Checked> => {
  const seen: string[] = [];
  for (const seed of SEEDS) {
    const checked = await checkSeed(one, seed);
    if (checked.wrong.length === 0 || checked.isFinal) return checked;
    seen.push(...checked.wrong.map((text) => `${text} at seed ${seed}`));
    console.log(`  ${one.name}: ${checked.figures.join(' ')}: ${checked.wrong.join('; ')}, by rounding`);
  }
  return { figures: [], wrong: seen };
};

let failed = 0;
const heads = counts.flatMap((n) => NAMES.map((name) => `${name}, ${n}`));
console.log(`| objective | seed | rounding | ${heads.join(' | ')} | |`);
for (const one of CASES.filter(({ name }) => wanted?.includes(name) ?? true).slice(Number(values.after))) {
  const { figures, wrong } = await checkCase(one).catch((error: unknown) => ({
    figures: [],
    wrong: [String(error)],
  }));
  failed += wrong.length > 0 ? 1 : 0;
  console.log(`| ${[one.name, ...figures].join(' | ')} | ${wrong.join('; ') || 'ok'} |`);
}
console.log(failed === 0 ? 'All workers agree with one.' : `${failed} objectives failed.`);
process.exit(failed === 0 ? 0 : 1); // TensorFlow's servers would keep it
