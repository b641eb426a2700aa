import { expect, it } from 'vitest';
import type { Metric } from '../contracts/metric.ts';
import { classLoss, tinyBackbone, tinyExperiment } from '../testing/index.ts';
import { checkMetrics } from './checkMetrics.ts';
import { prepareTraining } from './train.ts';
import { eagerRunner } from './eagerRunner.ts';

const metric = (needs: Pick<Metric, 'reads' | 'targets'>): Metric => ({
  name: 'mine',
  goal: 'max',
  ...needs,
  begin: () => ({ add: () => undefined, end: () => ({ mine: 1 }) }),
});
const objective = {
  name: 'ce',
  build: () => ({
    modules: {},
    terms: (step: Parameters<typeof classLoss>[0]) => ({
      terms: { ce: { value: classLoss(step), weight: 1 } },
    }),
  }),
};
const tiny = tinyExperiment([objective]);
const experiment = { ...tiny, dataset: { ...tiny.dataset, validation: tiny.dataset.train } };

it('passes metrics of what the task puts out and the images have', () => {
  const network = { backbone: tinyBackbone() };
  const metrics = [
    metric({}),
    metric({ reads: ['logits', 'probabilities', 'pooled'], targets: { label: 'class' } }),
    metric({ reads: network.backbone.taps.map(({ name }) => `tap/${name}`) }),
  ];
  expect(() => checkMetrics({ ...experiment, metrics }, network)).not.toThrow();
  network.backbone.model.dispose();
});

it.each<[what: string, needs: Pick<Metric, 'reads' | 'targets'>, message: RegExp]>([
  [
    'an output',
    { reads: ['boxes'] },
    /Metric "mine" looks at "boxes", and the network puts out logits, probabilities.*accuracy, calibration/,
  ],
  ['a target', { targets: { mask: 'map' } }, /"mine" needs the target "mask" \(map\).*label \(class\)/],
  ['a target of another kind', { targets: { label: 'labels' } }, /"label" \(labels\).*label \(class\)/],
])('refuses, before step 0, a metric of %s that is not there', async (_what, needs, message) => {
  const training = prepareTraining({ ...experiment, metrics: [metric(needs)] }, { runner: eagerRunner() });
  await expect(training).rejects.toThrow(message);
});
