import type { Samples } from '../contracts/dataset.ts';
import type { Metric } from '../contracts/metric.ts';
import type { Network } from '../contracts/objective.ts';
import { readSpec } from '../plugin.ts';
import { UnderstoryError } from '../errors.ts';
import { learnedStream, type Experiment } from '../contracts/experiment.ts';
import { buildActivation, LOGITS, outputShapes, toldOutputs } from './taskHead.ts';

type Checked = Pick<Experiment, 'metrics' | 'evaluators' | 'task' | 'dataset' | 'streams'>;

/** What evaluators are to look at. */
interface Looked extends Pick<Experiment, 'evaluators' | 'task' | 'dataset'> {
  /** Training images whose labels are learned. */
  readonly learned: Samples;
}

const refuse = (metric: Metric, { task }: Checked, what: string): never => {
  const own = task.metrics.map((spec) => readSpec(spec)?.[0] ?? '').join(', ');
  throw new UnderstoryError(
    'metric',
    `Metric "${metric.name}" ${what} Take it out of "metrics"; task "${task.name}" has its own: ${own}.`,
  );
};

/** What the inference step gives: metrics and evaluators may look at these. */
const outputNames = (task: Experiment['task'], network: Pick<Network, 'backbone' | 'head'>): string[] => [
  ...Object.keys(toldOutputs(outputShapes(network), network)),
  ...buildActivation(task, network).names,
  'pooled',
  ...network.backbone.taps.map(({ name }) => `tap/${name}`),
];

/** Throws `evaluator` where an evaluator looks at outputs that the network does not give, and what its own check throws. */
export const checkEvaluators = (
  { evaluators = [], task, dataset, learned }: Looked,
  network: Pick<Network, 'backbone' | 'head'>,
): void => {
  const outputs = evaluators.length > 0 ? outputNames(task, network) : [];
  for (const evaluator of evaluators) {
    const { name, reads = [] } = evaluator;
    const missing = reads.find((output) => !outputs.includes(output));
    if (missing !== undefined)
      throw new UnderstoryError(
        'evaluator',
        `Evaluator "${name}" looks at "${missing}", and the network puts out ${outputs.join(', ')}. Give it one of these.`,
      );
    evaluator.check?.(dataset, learned);
  }
};

/**
 * Throws `metric` where a metric looks at outputs that the network does not give, or at targets that the measured images
 * do not have: it would fail at the end of the first epoch. And what `checkEvaluators` throws.
 */
export const checkMetrics = (checked: Checked, network: Pick<Network, 'backbone' | 'head'>): void => {
  const outputs = outputNames(checked.task, network);
  const { validation, test } = checked.dataset;
  for (const metric of checked.metrics) {
    const missing = (metric.reads ?? [LOGITS]).find((name) => !outputs.includes(name));
    if (missing !== undefined)
      refuse(metric, checked, `looks at "${missing}", and the network puts out ${outputs.join(', ')}.`);
    for (const { length, targets } of [validation, test])
      for (const [name, kind] of Object.entries(metric.targets ?? {})) {
        if (length === 0 || targets[name]?.kind === kind) continue;
        const has = Object.entries(targets).map(([other, spec]) => `${other} (${spec.kind})`);
        refuse(
          metric,
          checked,
          `needs the target "${name}" (${kind}), and images have ${has.join(', ') || 'none'}.`,
        );
      }
  }
  checkEvaluators({ ...checked, learned: learnedStream(checked).samples }, network);
};
