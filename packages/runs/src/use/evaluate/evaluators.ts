import { labelledSamples } from '@understory/config';
import {
  checkEvaluators,
  DATA,
  describeData,
  EVALUATOR,
  LOG,
  provide,
  SEED,
  seedOf,
  unitsOf,
  type Evaluator,
  type Registry,
  type Spec,
} from '@understory/core';
import { inferring, type Measured } from './measured.ts';

/** Numbers of evaluators, with their units. */
export interface EvaluatorResult {
  readonly numbers: Readonly<Record<string, number>>;
  readonly units: Readonly<Record<string, string>>;
}

/** Evaluators by their specs, for a network and data: what does not fit is refused before anything is measured. */
export const makeEvaluators = (
  registry: Registry,
  specs: readonly Spec[],
  measured: Measured,
): Evaluator[] => {
  const { config, say, dataset } = measured;
  const learned = labelledSamples(dataset.train, config);
  const informed = registry.provide([
    provide(LOG, say),
    provide(SEED, seedOf(config.seed)),
    provide(DATA, describeData({ dataset, streams: [{ samples: dataset.train }] })),
  ]);
  const evaluators = specs.map((spec) => informed.make(EVALUATOR, spec));
  checkEvaluators({ evaluators, task: measured.task, dataset, learned }, measured.network);
  return evaluators;
};

/** Numbers of taps that are no shares have no unit at all. */
const tapUnits = (evaluators: readonly Evaluator[], taps: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    evaluators.flatMap(({ perTap = {} }) =>
      Object.entries(perTap)
        .filter(([, { share }]) => share !== true)
        .flatMap(([measure]) => taps.map((tap) => [`${tap}/${measure}`, ''] as const)),
    ),
  );

/** What evaluators tell of the split. */
export const runEvaluators = async (
  evaluators: readonly Evaluator[],
  measured: Measured,
): Promise<EvaluatorResult> => {
  const { config, dataset, split, network } = measured;
  const numbers: Record<string, number> = {};
  const taps = network.backbone.taps.map(({ name }) => name);
  const request = {
    ...{ dataset, samples: dataset[split], taps, infer: inferring(measured) },
    learned: labelledSamples(dataset.train, config),
  };
  for (const evaluator of evaluators) Object.assign(numbers, await evaluator.evaluate(request));
  const ofTaps = Object.entries(tapUnits(evaluators, taps)).filter(([name]) => name in numbers);
  return { numbers, units: { ...unitsOf({ metrics: [], evaluators }), ...Object.fromEntries(ofTaps) } };
};
