import {
  allVariables,
  buildNetwork,
  disposeNetwork,
  eagerRunner,
  findingText,
  findNotFinite,
  readBlackBox,
  replay,
  takeBlackBox,
  trainingStep,
  optimizerState,
  networkVariables,
  variablesOf,
} from '@understory/core';
import { compiledRunner } from '@understory/engine';
import { supCon } from '@understory/losses';
import { contrastiveDeepSupervision, crossEntropy, sepConv } from '@understory/supervision';
import { tensor4d, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { goldenExperiment, goldenInputs } from './testing/goldenRun.ts';

const objectives = [crossEntropy({}), contrastiveDeepSupervision({ loss: supCon({}), head: sepConv({}) })];
const experiment = goldenExperiment(
  { labels: [0, 1, 1, 2], classes: 3, width: 0.0625, rate: 0.1 },
  objectives,
);

it('names the layer, the operation and the rows that went wrong first, from a black box', async () => {
  const network = await buildNetwork(experiment);
  const state = optimizerState(experiment, network);
  const step = trainingStep(experiment, network, state);
  const models = [network.backbone.model, ...Object.values(network.modules)];
  expect(findNotFinite(step, goldenInputs(experiment, 0), models)).toBeUndefined();

  // A weight that overflows: the first convolution of stage 2 gives infinities.
  const weights = variablesOf(network.backbone.model, 'backbone');
  const broken = Object.keys(weights).find((name) => name.includes('stage2') && name.endsWith('kernel'))!;
  tidy(() =>
    weights[broken]!.assign(
      tensor4d(
        new Float32Array(weights[broken]!.size).fill(3e38),
        weights[broken]!.shape as [number, number, number, number],
      ),
    ),
  );
  const inputs = goldenInputs(experiment, 7);
  const bytes = await takeBlackBox(eagerRunner(), {
    ...{ experiment, inputs, step: 7, description: 'here', teachers: [] },
    variables: allVariables(network, state),
  });
  disposeNetwork(network);
  const box = readBlackBox(bytes, 'memory');
  const { length, targets, groups } = experiment.dataset.train;
  expect(box).toMatchObject({ step: 7, description: 'here', train: { length, targets, groups } });
  const finding = await replay(experiment, box);
  expect(finding?.kernel).toMatch(/Conv2D/);
  expect(finding?.layer).toBe(broken.split('/').slice(1, -1).join('/'));
  const positions = [...inputs['train/positions']!.data];
  const { samples } = experiment.streams[0];
  expect(finding!.samples).toEqual(positions.map((position) => samples.describe(position)));
  expect(findingText(finding!)).toMatch(
    new RegExp(`in layer "${finding!.layer}": .*, of ${samples.describe(positions[0]!)}`),
  );
});

it.each([
  ['eager', () => eagerRunner()],
  ['compiled', () => compiledRunner()],
])('leaves all weights as they were when a guarded step is not finite, %s', async (_, make) => {
  const network = await buildNetwork(experiment);
  const runner = make();
  const step = runner.step('train', trainingStep(experiment, network, optimizerState(experiment, network)), {
    guard: true,
  });
  const weights = Object.values(networkVariables(network));
  const before = await runner.read(weights);
  const inputs = goldenInputs(experiment, 0);
  const images = {
    ...inputs['train/view0/0/images']!,
    data: inputs['train/view0/0/images']!.data.slice().fill(NaN, 0, 1),
  };
  await expect(step.run({ ...inputs, 'train/view0/0/images': images })).rejects.toThrow(/not finite: .*NaN/);
  expect(await runner.read(weights)).toEqual(before);
  disposeNetwork(network);
});
