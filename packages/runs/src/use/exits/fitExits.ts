import { multiplyAdds, multiplyAddsUpTo } from '@understory/backbones';
import { labelledSamples } from '@understory/config';
import {
  byName,
  classesOf,
  infer,
  LOGITS,
  shareStep,
  type Predictions,
  type Samples,
  type Step,
} from '@understory/core';
import { atMost } from '@understory/evaluators';
import {
  chooseThreshold,
  confidences,
  fitTemperature,
  type CurvePoint,
  type Exit,
  type Temperature,
} from '@understory/metrics';
import { batchesOf, type Measured } from '../evaluate/measured.ts';
import { mustHaveValidation } from '../evaluate/temperature.ts';
import { exitOutput, exitStep } from './exitStep.ts';
import { withLinear } from './linearExit.ts';
import { planExits, type PlannedExit } from './planExits.ts';

/** Most training images that classifiers are fitted to. */
const LIMIT = 50_000;

/** An exit that is ready: its modules give logits, none at the network's end. */
export interface FittedExit extends Temperature, Pick<PlannedExit, 'name' | 'modules' | 'from'> {
  /** Of an image that leaves here, with the classifiers on the way. */
  readonly multiplyAdds: number;
}

/** A network's exits, shallow to deep, and its end as the last one. */
export interface FittedExits {
  readonly exits: readonly FittedExit[];
  /** Multiply-adds of the network without exits. */
  readonly whole: number;
  /** The threshold that was chosen, and what it leads to on validation. */
  readonly chosen: CurvePoint;
  /** Validation images that temperatures and the threshold were fitted to, and training images that classifiers were. */
  readonly fitted: number;
  readonly learned: number;
  /** Logits of samples at each exit [N · C]. */
  readonly logits: (samples: Samples, what: string) => Promise<readonly Float32Array[]>;
}

const inferLogits =
  (measured: Measured, step: Step, names: readonly string[]): FittedExits['logits'] =>
  async (samples, what) => {
    const outputs = [...names.map(exitOutput), LOGITS];
    const options = { batch: measured.batch, outputs, ...batchesOf(measured, what) };
    const found = await infer(step, samples, options);
    return outputs.map((name) => {
      const { data } = byName(found, name);
      return data instanceof Float32Array ? data : Float32Array.from(data);
    });
  };

/** What is said of samples at each exit, beside their classes. */
export const saidAtExits = async (
  { dataset: { classes } }: Pick<Measured, 'dataset'>,
  { logits }: Pick<FittedExits, 'logits'>,
  samples: Samples,
  what: string,
): Promise<readonly Predictions[]> => {
  const labels = classesOf(samples);
  return (await logits(samples, what)).map((one) => ({ classes: classes.length, labels, logits: one }));
};

/** Multiply-adds of an image that leaves at each exit, and at the end: the network so far and each classifier on the way. */
const costsOf = ({ network: { backbone } }: Measured, exits: readonly PlannedExit[]): number[] => {
  const upTo = multiplyAddsUpTo(backbone);
  const heads = exits.map(({ modules }) => modules.reduce((sum, module) => sum + multiplyAdds(module), 0));
  const before = (e: number): number => heads.slice(0, e).reduce((a, b) => a + b, 0);
  return [...exits.map(({ tap }, e) => upTo[tap]! + before(e + 1)), upTo.at(-1)! + before(exits.length)];
};

/** What is said at exits, by their temperatures. */
export const calibratedExits = (
  said: readonly Predictions[],
  exits: readonly Pick<FittedExit, 'temperature' | 'multiplyAdds'>[],
): Exit[] =>
  said.map((predictions, e) => ({
    ...confidences(predictions, exits[e]!.temperature),
    cost: exits[e]!.multiplyAdds,
  }));

/**
 * Makes exits of a network whose heads were built: fits classifiers where none was trained (to training images whose labels the run
 * learns), then temperatures and the threshold (to validation). Errors: `no-taps`, `empty-split`, `not-finite`.
 */
export const fitExits = async (measured: Measured): Promise<FittedExits> => {
  mustHaveValidation(measured, '--exits');
  const { network, runner, preprocessing, dataset, config, say } = measured;
  const planned = planExits(network, say);
  const samples = atMost(labelledSamples(dataset.train, config), LIMIT, (kept, all) =>
    say(`Classifiers of exits are fitted to ${kept} of the ${all} training images.`),
  );
  const { among } = measured.step;
  const first = shareStep(runner.step('exit-features', exitStep(network, planned, preprocessing)), among);
  const ready = await withLinear(measured, planned, { step: first, samples });
  first.dispose();
  const step = shareStep(runner.step('exits', exitStep(network, ready, preprocessing)), among);
  const names = ready.map(({ name }) => name);
  const logits = inferLogits(measured, step, names);
  const said = await saidAtExits(measured, { logits }, dataset.validation, 'validation images');
  const costs = costsOf(measured, ready);
  const end = { name: 'end', modules: [], from: 'the network itself' };
  const exits = [...ready, end].map(({ name, modules, from }, e): FittedExit => {
    return { name, modules, from, multiplyAdds: costs[e]!, ...fitTemperature(said[e]!) };
  });
  return {
    ...{ exits, whole: multiplyAddsUpTo(network.backbone).at(-1)!, logits },
    chosen: chooseThreshold(calibratedExits(said, exits)),
    fitted: dataset.validation.length,
    learned: planned.every(({ trained }) => trained) ? 0 : samples.length,
  };
};
