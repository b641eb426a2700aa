import type { NdArray } from '../contracts/arrays.ts';
import type { StepEvent } from '../contracts/events.ts';
import type { Samples } from '../contracts/dataset.ts';
import type { Runner } from '../contracts/runner.ts';
import { infer, measure } from '../training/evaluate.ts';
import { outputShapes, toldOutputs } from '../training/taskHead.ts';
import { median } from '../numbers.ts';
import { mapNamed } from '../named.ts';
import { pickSamples } from '../data/targets.ts';
import { stepsPerEpoch, type Experiment } from '../contracts/experiment.ts';
import { prepareTraining, type Training } from '../training/train.ts';

export interface CompareOptions {
  readonly steps: number;
  /** Tells of each step that both have done. */
  readonly onStep?: (done: number) => void;
}

/** Values by name, as a runner gave them. */
type Numbers = Readonly<Record<string, ArrayLike<number>>>;

const SEEN = 64;
const none = (samples: Samples): Samples => pickSamples(samples, new Int32Array());

/** The experiment, long enough, and without its evaluations between epochs. */
export const bounded = (experiment: Experiment, steps: number): Experiment => {
  const { dataset, epochs } = experiment;
  return {
    ...experiment,
    epochs: Math.max(epochs, Math.ceil(steps / stepsPerEpoch(experiment))),
    dataset: { ...dataset, validation: none(dataset.validation), test: none(dataset.test) },
  };
};

/** One of the two: it makes a step each time that it is asked to. */
class Side {
  readonly #experiment: Experiment;
  readonly #runner: Runner;
  readonly #training: Training;
  readonly #events: ReturnType<Training['events']>;

  private constructor(experiment: Experiment, runner: Runner, training: Training) {
    this.#experiment = experiment;
    this.#runner = runner;
    this.#training = training;
    this.#events = training.events();
  }

  static async of(experiment: Experiment, runner: Runner, steps: number): Promise<Side> {
    return new Side(experiment, runner, await prepareTraining(bounded(experiment, steps), { runner }));
  }

  async step(): Promise<StepEvent> {
    for (;;) {
      const { value } = await this.#events.next();
      if (value?.type === 'step') return value;
    }
  }

  state(): Promise<NdArray[]> {
    return this.#runner.read(Object.values(this.#training.variables));
  }

  take(state: readonly NdArray[]): Promise<void> {
    return this.#runner.write(Object.values(this.#training.variables), state);
  }

  /** What the network says of some training images with its embeddings of them, and what the metrics make of it. */
  async judge(): Promise<{ readonly said: Numbers; readonly measured: Readonly<Record<string, number>> }> {
    const { metrics, streams, dataset } = this.#experiment;
    const [{ samples, batch }] = streams;
    const positions = Array.from({ length: Math.min(SEEN, samples.length) }, (_, i) => i);
    const { inference, network } = this.#training;
    const names = Object.keys(toldOutputs(outputShapes(network), network));
    const made = await infer(inference, samples, { batch, positions, outputs: [...names, 'pooled'] });
    const { pooled, ...outputs } = mapNamed(made, ({ data }): ArrayLike<number> => data);
    const measured = await measure(inference, samples, metrics, {
      batch,
      positions,
      classes: dataset.classes,
    });
    return { said: { ...outputs, embeddings: pooled! }, measured };
  }

  async end(): Promise<void> {
    await this.#events.return(undefined);
    this.#training.dispose();
  }
}

const toldBy = ({ terms, loss }: StepEvent): Numbers =>
  Object.fromEntries(Object.entries({ ...terms, loss }).map(([name, value]) => [name, [value]]));

/** Length of what lies between two lists of lists, as a share of the first one's length. */
const relative = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number => {
  let [distance, length] = [0, 0];
  for (const [k, list] of a.entries()) {
    const other = b[k]!;
    for (let i = 0; i < list.length; i++) {
      // Neither has a value: an average precision without boxes, say.
      if (Number.isNaN(list[i]) && Number.isNaN(other[i])) continue;
      distance += (list[i]! - other[i]!) ** 2;
      length += list[i]! ** 2;
    }
  }
  return distance === 0 ? 0 : Math.sqrt(distance / length);
};

/** Differences, one a step. */
class Differences {
  readonly #terms = new Map<string, number[]>();
  readonly #slopes = new Map<string, number[]>();

  compare(first: Numbers, second: Numbers): void {
    for (const [name, values] of Object.entries(first))
      push(this.#terms, name, relative([values], [second[name] ?? []]));
  }

  /** Of metrics: as they are, since most are shares, and one image of few that changes its class is much of a small one. */
  compareMetrics(first: Readonly<Record<string, number>>, second: typeof first): void {
    for (const [name, value] of Object.entries(first)) {
      const other = second[name] ?? NaN;
      push(this.#terms, name, Number.isNaN(value) && Number.isNaN(other) ? 0 : Math.abs(value - other));
    }
  }

  compareSlopes(name: string, first: readonly ArrayLike<number>[], second: typeof first): void {
    push(this.#slopes, name, relative(first, second));
  }

  summary(): Readonly<Record<string, number>> {
    return {
      ...Object.fromEntries([...this.#terms].map(([name, values]) => [name, Math.max(...values)])),
      ...Object.fromEntries([...this.#slopes].map(([name, values]) => [name, median(values)])),
    };
  }
}

const push = (map: Map<string, number[]>, name: string, value: number): void => {
  map.set(name, [...(map.get(name) ?? []), value]);
};

const dataOf = (arrays: readonly NdArray[]): NdArray['data'][] => arrays.map(({ data }) => data);

/** One step of both, from the same state. */
const stepBoth = async (a: Side, b: Side, differences: Differences): Promise<void> => {
  const [first, second] = [await a.step(), await b.step()];
  differences.compare(toldBy(first), toldBy(second));
  differences.compareSlopes('gradient norm', [[first.gradientNorm]], [[second.gradientNorm]]);
  const state = await a.state();
  differences.compareSlopes('state', dataOf(state), dataOf(await b.state()));
  await b.take(state);
};

/**
 * Trains the same experiment with two runners, each step from the same weights on the same batch, and gives differences by
 * name: of metrics as they are, of all else relative. Not finite, where one of the two is not.
 *
 * The second runner takes the first one's state after each step: left alone, training multiplies differences in rounding,
 * until two right ways of adding up are far apart. Of the loss, its terms, and the trained network's logits and metrics it
 * is the largest difference; of the gradients' norm and the state after a step it is the median, since a ReLU's slope jumps:
 * where a number is all but 0, rounding alone may decide whether a gradient passes.
 */
export const compareRunners = async (
  prepare: (runner: Runner) => Promise<Experiment>,
  runners: readonly [Runner, Runner],
  { steps, onStep = () => undefined }: CompareOptions,
): Promise<Readonly<Record<string, number>>> => {
  const a = await Side.of(await prepare(runners[0]), runners[0], steps);
  const b = await Side.of(await prepare(runners[1]), runners[1], steps);
  const differences = new Differences();
  try {
    for (let done = 1; done <= steps; done++) {
      await stepBoth(a, b, differences);
      onStep(done);
    }
    const [first, second] = [await a.judge(), await b.judge()];
    differences.compare(first.said, second.said);
    differences.compareMetrics(first.measured, second.measured);
    return differences.summary();
  } finally {
    await a.end();
    await b.end();
  }
};
